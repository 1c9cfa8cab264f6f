# SPDX-License-Identifier: Apache-2.0
# Tor without a network: a bridge that nobody else knows, and clients that come to it, on addresses that look public.

# bridge SETTING...
bridge() {
	ip address add 9.77.0.1/24 dev eth0
	mkdir -m 700 relay
	printf '%s\n' 'Nickname test' 'DataDirectory /tmp/relay' 'SocksPort 0' 'BridgeRelay 1' 'PublishServerDescriptor 0' 'AssumeReachable 1' 'Address 9.77.0.1' 'ExitPolicy reject *:*' "$@" >conf
	exec tor --quiet -f conf
}

# visitors BRIDGE SETTING...: four of them
visitors() {
	local i
	ip address add 9.77.0.2/24 dev eth0
	for i in 1 2 3 4; do
		mkdir -m 700 visitor$i
		printf '%s\n' "DataDirectory /tmp/visitor$i" "SocksPort $((9100 + i))" 'UseBridges 1' "Bridge $1" "${@:2}" >conf$i
		timeout "$(number 4 7)" tor --quiet -f conf$i
	done
	ip address del 9.77.0.2/24 dev eth0
}
