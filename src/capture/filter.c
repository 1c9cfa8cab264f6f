// SPDX-License-Identifier: Apache-2.0
// Compiles and runs BPF programs; what fails them is marked and stays in the stream.
#include "capture/filter.h"

// Linux' DLT_ numbers that are others in files (tcpdump.org/linktypes).
static const struct {
    uint16_t link;
    uint8_t dlt;
} numbers[] = {
    {100, 11}, // ATM, RFC 1483
    {101, 12}, // raw IP
    {102, 15}, // SLIP of BSD/OS
    {103, 16}, // PPP of BSD/OS
    {106, 19}, // classical IP over ATM
};

int filter_dlt(uint16_t link)
{
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        if (numbers[i].link == link)
            return numbers[i].dlt;
    return link;
}

uint16_t filter_link(int dlt)
{
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        if (numbers[i].dlt == dlt)
            return numbers[i].link;
    return (uint16_t)dlt;
}

static bool compile(const char *text, uint16_t link, struct bpf_program *program,
                    struct fail *why)
{
    pcap_t *p = pcap_open_dead(filter_dlt(link), CAPTURE_FRAME_MOST);
    bool ok;

    if (!p)
        return failed(why, "no memory");
    ok = pcap_compile(p, program, text, 1, PCAP_NETMASK_UNKNOWN) == 0;
    if (!ok)
        failed(why, "%s", pcap_geterr(p));
    pcap_close(p);
    return ok;
}

static struct filter_program *find(struct filter *t, uint16_t link)
{
    for (uint32_t i = 0; i < t->n; i++)
        if (t->made[i].link == link)
            return &t->made[i];
    return NULL;
}

static struct filter_program *make(struct filter *t, uint16_t link, struct fail *why)
{
    struct filter_program *made = &t->made[t->n++];

    made->link = link;
    made->usable = compile(t->text, link, &made->program, why);
    return made;
}

bool filter_check(struct filter *t, uint16_t link, struct fail *f)
{
    struct fail why;

    if (find(t, link) || t->n == FILTER_LINKS || make(t, link, &why)->usable)
        return true;
    return failed(f, "filter \"%.200s\": %s (link type %u; man pcap-filter tells the language)",
                  t->text, why.text, link);
}

// In the middle of a run a link type without a program cannot end it: its frames are left out.
static const struct filter_program *program_for(struct filter *t, uint16_t link)
{
    struct filter_program *made = find(t, link);
    struct fail why;

    if (made || t->n == FILTER_LINKS)
        return made;
    made = make(t, link, &why);
    if (!made->usable)
        say(SAY_WARNING,
            "the filter can't be used on frames of link type %u, so it leaves them "
            "out: %s",
            link, why.text);
    return made;
}

void filter_mark(struct filter *t, struct frame *frame, uint32_t n)
{
    const struct filter_program *now = NULL;

    for (uint32_t i = 0; i < n; i++) {
        struct frame *f = &frame[i];
        struct pcap_pkthdr head = {.caplen = f->n, .len = f->wire_len};

        if (!now || now->link != f->link)
            now = program_for(t, f->link);
        if (!now || !now->usable || !pcap_offline_filter(&now->program, &head, f->data))
            f->flags |= FRAME_FILTERED;
    }
}

void filter_close(struct filter *t)
{
    for (uint32_t i = 0; i < t->n; i++)
        if (t->made[i].usable)
            pcap_freecode(&t->made[i].program);
    t->n = 0;
}
