# SPDX-License-Identifier: Apache-2.0
# Two aMule peers. `obfuscate` is 0 or 1, in both.

# mule_conf FOLDER PORT OBFUSCATE COMMAND-PORT
mule_conf() {
	mkdir -p "$1/Incoming" "$1/Temp"
	cat >"$1/amule.conf" <<-END
		[eMule]
		Nick=$(word)
		Port=$2
		UDPPort=$(($2 + 10))
		UDPEnable=1
		ConnectToKad=0
		ConnectToED2K=0
		Autoconnect=0
		FilterLanIPs=0
		UPnPEnabled=0
		IncomingDir=$PWD/$1/Incoming
		TempDir=$PWD/$1/Temp
		Reconnect=0
		[Obfuscation]
		IsClientCryptLayerSupported=$3
		IsCryptLayerRequested=$3
		IsClientCryptLayerRequired=$3
		CryptoPaddingLenght=254
		[ExternalConnect]
		AcceptExternalConnections=1
		ECPort=$4
		ECPassword=$(printf secret | md5sum | cut -d' ' -f1)
		UseSecIdent=1
	END
}

# mule FOLDER PORT OBFUSCATE: shares a file
mule() {
	mule_conf "$1" "$2" "$3" 4712
	name=$(word)$ROUND.bin
	bytes "$(number 200000 900000)" >"$1/Incoming/$name"
	hash=$(openssl dgst -md4 -provider legacy -r "$1/Incoming/$name" | cut -d' ' -f1)
	echo "ed2k://|file|$name|$(stat -c %s "$1/Incoming/$name")|$hash|/|sources,$HOST:$2|/" >link
	exec amuled -c "$PWD/$1"
}

# mules OBFUSCATE: several peers, one after the other, load it
mules() {
	local i
	sleep 3
	for i in 1 2 3 4; do
		mule_conf "get$i" "$(number 33000 60000)" "$1" 4713
		timeout 12 amuled -c "$PWD/get$i" &
		sleep 3
		amulecmd -p 4713 -P secret -c "add $(cat link)"
		amulecmd -p 4713 -P secret -c "show dl"
		wait $!
	done
}
