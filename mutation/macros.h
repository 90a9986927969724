/* SPDX-License-Identifier: GPL-2.0 */
/* What spatch has to know of the kernel's macros to understand code that uses them. */
#define scoped_guard YACFE_ITERATOR
