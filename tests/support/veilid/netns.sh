#!/bin/sh
# netns.sh COUNT COMMAND... - runs COMMAND in a private network with the namespaces n1…nCOUNT on one bridge without an uplink.
# Namespace i has the addresses 192.31.196.i and 2620:4f:8000:(i in hex)00::1; COMMAND sees the bridge as 192.31.196.254
# and has 127.0.0.1 of its own. Needs root of a user namespace (unshare -Urnm) or real root behind unshare -nm.
#
# Both prefixes count as global for Veilid and exist only in here. Every node needs IPv4 and IPv6, or nobody can start the
# network; each has a /56 of its own, because route diversity counts IPv6 nodes by /56.
set -eu
count=$1
shift
v4=192.31.196
v6=2620:4f:8000

ip link set lo up
resolv=$(readlink -f /etc/resolv.conf || echo /etc/resolv.conf)
runtime=${XDG_RUNTIME_DIR:-}
mount -t tmpfs tmpfs /run
mkdir -p /run/netns /run/sotto-testnet
case $runtime in /run/*) mkdir -p "$runtime" && chmod 700 "$runtime" ;; esac
[ -e "$resolv" ] || { mkdir -p "$(dirname "$resolv")" && touch "$resolv"; }
printf 'nameserver %s.254\noptions timeout:1 attempts:1\n' "$v4" >/run/sotto-testnet/resolv.conf
mount --bind /run/sotto-testnet/resolv.conf "$resolv"

ip link add br0 type bridge
ip link set dev br0 addrgenmode none
ip addr add "$v4.254/24" dev br0
ip -6 addr add "$v6:ff00::1/48" dev br0 nodad
ip link set br0 up
i=1
while [ "$i" -le "$count" ]; do
	ip netns add "n$i"
	ip link add "h$i" type veth peer name eth0 netns "n$i"
	ip link set dev "h$i" addrgenmode none
	ip link set "h$i" master br0 up
	# no link-local address: nodes that meet in the LocalNetwork domain do not use each other as hops of routes
	nsenter --net="/run/netns/n$i" sh -ec "
		ip link set lo up
		ip link set dev eth0 addrgenmode none
		ip addr add $v4.$i/24 dev eth0
		ip -6 addr add $v6:$(printf %x "$i")00::1/48 dev eth0 nodad
		ip link set eth0 up
		ip route add default via $v4.254
		ip -6 route add default via $v6:ff00::1 dev eth0"
	i=$((i + 1))
done
printf '{"namespaces":%s,"address":"%s.254","subnet":"%s"}\n' "$count" "$v4" "$v4" >/run/sotto-testnet/lab.json
SOTTO_TESTNET=/run/sotto-testnet/lab.json
export SOTTO_TESTNET
exec "$@"
