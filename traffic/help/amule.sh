# SPDX-License-Identifier: Apache-2.0
# eDonkey peers: one shares files, the others learn of it from a server, and talk to it. The names of all are known beforehand.
SERVER=32000 SEED=01010101010e01010101010101016f01

# donkey FOLDER PORT CRYPT NUMBER: settings of one; CRYPT 1 wants obfuscation, NUMBER is part of all its names
donkey() {
	mkdir -p "$1/Temp" "$1/Incoming"
	python3 - "$PORT" "$4" "$1" $SERVER <<-END
		import pathlib, socket, struct, sys
		port, number, folder, server = int(sys.argv[1]), int(sys.argv[2]), pathlib.Path(sys.argv[3]), int(sys.argv[4])
		name = lambda n: bytes([n]) * 16
		address = socket.inet_aton('9.77.0.1')
		(folder / 'preferences.dat').write_bytes(b'\x14' + bytes([number] * 5 + [14] + [number] * 8 + [111, number]))
		(folder / 'preferencesKad.dat').write_bytes(struct.pack('<IH16sB', 0, 0, name(number), 0))
		(folder / 'nodes.dat').write_bytes(struct.pack('<III', 0, 2, 1) + name(1) + address[::-1] + struct.pack('<HHBIIB', port, port, 8, 0, 0, 1))
		(folder / 'server.met').write_bytes(b'\xe0' + struct.pack('<I', 1) + address + struct.pack('<HI', server, 0))
	END
	cat >"$1/amule.conf" <<-END
		[eMule]
		Nick=$(word)
		Port=$2
		UDPPort=$2
		UDPEnable=1
		Autoconnect=1
		FilterLanIPs=0
		ConnectToKad=1
		ConnectToED2K=1
		TempDir=$PWD/$1/Temp
		IncomingDir=$PWD/$1/Incoming
		UPnPEnabled=0
		AddServerListFromServer=0
		[Obfuscation]
		IsClientCryptLayerSupported=$3
		IsCryptLayerRequested=$3
		CryptoPaddingLenght=$(number 10 254)
		[ExternalConnect]
		AcceptExternalConnections=1
		ECPassword=5ebe2294ecd0e0f08eab7690d2a6ee69
		ECPort=$(($2 + 20))
	END
}

# seed CRYPT: shares three files
seed() {
	local i f
	ip address add 9.77.0.1/24 dev eth0
	donkey seed "$PORT" "$1" 1
	for i in 1 2 3; do bytes "$(number 20000 900000)" >"seed/Incoming/$(word).bin"; done
	for f in seed/Incoming/*; do alcc "$f" 2>/dev/null | grep ^ed2k; done >links
	python3 /run/traffic/donkeyd.py $SERVER 9.77.0.1 "$PORT" $SEED "$1" &
	exec amuled -c "$PWD/seed"
}

# fetch CRYPT: three peers, each asks for the files
fetch() {
	local i
	ip address add 9.77.0.2/24 dev eth0
	sleep 4
	for i in 2 3 4; do
		donkey got$i "$(number 33000 60000)" "$1" $i
		cp links got$i/ED2KLinks
		timeout 14 amuled -c "$PWD/got$i"
	done
	ip address del 9.77.0.2/24 dev eth0
}
