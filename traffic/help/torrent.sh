# SPDX-License-Identifier: Apache-2.0
# share: a file of random size in seed/, one.torrent that describes it, and a tracker at work.
share() {
	local name
	name=$(word).bin
	mkdir -p seed
	bytes "$(number 20000 900000)" >"seed/$name"
	python3 /run/traffic/torrent.py "seed/$name" "$BRACKETED" 32001 one.torrent &
	sleep 0.7
}
