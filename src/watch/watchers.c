// SPDX-License-Identifier: Apache-2.0
// All watchers of a run: a new one is added here, and nowhere else.
#include "watch/watchers.h"

uint64_t watchers_wanted(const struct watchers *w)
{
    return (w->hunt ? UINT64_C(1) << EV_conn : 0) | (w->plant ? PLANT_WANTED : 0) |
           (w->scans ? SCANS_WANTED : 0) | (w->rpcs ? RPCS_WANTED : 0) |
           (w->crafts ? CRAFTS_WANTED : 0);
}

void watchers_event(const struct watchers *w, const struct event *e)
{
    if (w->hunt)
        hunt_event(w->hunt, e);
    if (w->plant)
        plant_event(w->plant, e);
    if (w->scans)
        scans_event(w->scans, e);
    if (w->rpcs)
        rpcs_event(w->rpcs, e);
    if (w->crafts)
        crafts_event(w->crafts, e);
}

bool watchers_news(const struct watchers *w)
{
    return (w->scans && scans_news(w->scans)) || (w->plant && plant_news(w->plant)) ||
           (w->crafts && crafts_news(w->crafts));
}

void watchers_tell(const struct watchers *w, struct out *o)
{
    if (w->scans)
        scans_tell(w->scans, o);
    if (w->plant && plant_news(w->plant))
        plant_tell(w->plant, o);
    if (w->crafts)
        crafts_tell(w->crafts, o);
}

static void end_plant(struct plant *p, struct out *o)
{
    if (want(o, EV_profinet_ar))
        plant_tell_relations(p, o);
    if (want(o, EV_profinet_rt))
        plant_tell_streams(p, o);
    if (want(o, EV_device))
        plant_tell_devices(p, o);
    if (want(o, EV_notice))
        plant_tell_notes(p, o);
}

void watchers_end(const struct watchers *w, struct out *o)
{
    if (w->scans)
        scans_end(w->scans);
    if (w->crafts)
        crafts_end(w->crafts);
    watchers_tell(w, o);
    if (w->plant)
        end_plant(w->plant, o);
    if (w->rpcs && want(o, EV_notice))
        rpcs_tell_notes(w->rpcs, o);
    if (w->hunt && want(o, EV_notice))
        hunt_tell(w->hunt, o);
}

void watchers_close(struct watchers *w)
{
    if (w->hunt)
        hunt_close(w->hunt);
    if (w->plant)
        plant_close(w->plant);
    if (w->scans)
        scans_close(w->scans);
    if (w->rpcs)
        rpcs_close(w->rpcs);
    if (w->crafts)
        crafts_close(w->crafts);
}
