/* SPDX-License-Identifier: GPL-2.0 */
/* The operations of hugezero_act_track.c, for the table in hugezero_act.c. */
#ifndef HUGEZERO_ACT_TRACK_H
#define HUGEZERO_ACT_TRACK_H

#include "hugezero_act.h"

#define HZ_DECLARE_RUN(name) \
	void name(struct hz_machine *m, struct hz_lane *lane, \
		  const struct hz_op *op, struct hz_outcome *out)
#define HZ_DECLARE_LEARN(name) \
	void name(struct hz_machine *m, const struct hz_op *op, \
		  const struct hz_outcome *out)
#define HZ_DECLARE_APPLIES(name) \
	bool name(const struct hz_machine *m, const struct hz_op *op)

HZ_DECLARE_RUN(hz_act_register);
HZ_DECLARE_RUN(hz_act_unregister);
HZ_DECLARE_RUN(hz_act_protect);
HZ_DECLARE_RUN(hz_act_copy);
HZ_DECLARE_RUN(hz_act_umove);
HZ_DECLARE_RUN(hz_act_scan);
HZ_DECLARE_RUN(hz_act_clear_dirty);
HZ_DECLARE_RUN(hz_act_dirty);
HZ_DECLARE_RUN(hz_act_pin);
HZ_DECLARE_RUN(hz_act_pin_read);
HZ_DECLARE_RUN(hz_act_unpin);

HZ_DECLARE_LEARN(hz_act_registered);
HZ_DECLARE_LEARN(hz_act_unregistered);
HZ_DECLARE_LEARN(hz_act_protected);
HZ_DECLARE_LEARN(hz_act_copied);
HZ_DECLARE_LEARN(hz_act_umoved);
HZ_DECLARE_LEARN(hz_act_scanned);
HZ_DECLARE_LEARN(hz_act_cleared_dirty);
HZ_DECLARE_LEARN(hz_act_pinned);
HZ_DECLARE_LEARN(hz_act_unpinned);

HZ_DECLARE_APPLIES(hz_act_register_applies);
HZ_DECLARE_APPLIES(hz_act_tracked);
HZ_DECLARE_APPLIES(hz_act_protect_applies);
HZ_DECLARE_APPLIES(hz_act_umove_applies);
HZ_DECLARE_APPLIES(hz_act_scan_applies);
HZ_DECLARE_APPLIES(hz_act_pin_applies);
HZ_DECLARE_APPLIES(hz_act_has_pin);

#endif /* HUGEZERO_ACT_TRACK_H */
