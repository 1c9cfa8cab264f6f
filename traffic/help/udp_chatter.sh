# SPDX-License-Identifier: Apache-2.0
# chatter: datagrams of all kinds within this host, for those who count them.
chatter() {
	while sleep 0.03; do
		words "$(number 1 60)" | socat - "UDP:127.0.0.$(number 1 200):$(number 1024 60000)"
	done 2>/dev/null
}
