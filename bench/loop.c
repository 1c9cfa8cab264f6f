// SPDX-License-Identifier: Apache-2.0
// The yardstick: what libpcap alone needs to hand out every frame of a capture.
#include <pcap/pcap.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    char why[PCAP_ERRBUF_SIZE];
    struct pcap_pkthdr *head;
    const u_char *data;
    unsigned long frames = 0, bytes = 0, first = 0;
    pcap_t *capture = argc == 2 ? pcap_open_offline(argv[1], why) : NULL;

    if (!capture) {
        fprintf(stderr, "loop: %s\n", argc == 2 ? why : "usage: loop CAPTURE");
        return 2;
    }
    while (pcap_next_ex(capture, &head, &data) == 1) {
        frames++;
        bytes += head->caplen;
        first += head->caplen ? data[0] : 0; // touched, as any user would
    }
    pcap_close(capture);
    printf("%lu frames, %lu bytes, %lu\n", frames, bytes, first);
    return 0;
}
