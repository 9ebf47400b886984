package origin

import (
	"encoding/binary"
	"net/netip"
)

// specialRange is one block that no worker has any business in.
type specialRange struct {
	prefix netip.Prefix
	kind   string
}

func ranges(pairs ...string) []specialRange {
	rs := make([]specialRange, 0, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		rs = append(rs, specialRange{netip.MustParsePrefix(pairs[i]), pairs[i+1]})
	}
	return rs
}

// special4 and special6 are the blocks of the IANA special-purpose address registries
// (RFC 6890 and its updates) that are not globally reachable, plus the well-known addresses
// of cloud metadata services for the sake of a clear message. The few globally reachable
// assignments inside 192.0.0.0/24 and 2001::/23 are anycast infrastructure and stay refused.
var (
	special4 = ranges(
		"169.254.169.254/32", "metadata",
		"169.254.170.2/32", "metadata",
		"100.100.100.200/32", "metadata",
		"192.0.0.192/32", "metadata",
		"168.63.129.16/32", "metadata", // public by number, but answers only inside one cloud
		"0.0.0.0/8", "unspecified",
		"10.0.0.0/8", "private",
		"100.64.0.0/10", "carrier-NAT",
		"127.0.0.0/8", "loopback",
		"169.254.0.0/16", "link-local",
		"172.16.0.0/12", "private",
		"192.0.0.0/24", "protocol-assignment",
		"192.0.2.0/24", "documentation",
		"192.88.99.0/24", "6to4-relay",
		"192.168.0.0/16", "private",
		"198.18.0.0/15", "benchmarking",
		"198.51.100.0/24", "documentation",
		"203.0.113.0/24", "documentation",
		"224.0.0.0/4", "multicast",
		"255.255.255.255/32", "broadcast",
		"240.0.0.0/4", "reserved",
	)
	special6 = ranges(
		"fd00:ec2::254/128", "metadata",
		"fd20:ce::254/128", "metadata",
		"::/128", "unspecified",
		"::1/128", "loopback",
		"64:ff9b:1::/48", "local NAT64",
		"100::/64", "discard-only",
		"100:0:0:1::/64", "dummy",
		"2001::/32", "Teredo",
		"2001:2::/48", "benchmarking",
		"2001::/23", "protocol-assignment",
		"2001:db8::/32", "documentation",
		"3fff::/20", "documentation",
		"5f00::/16", "segment-routing",
		"fc00::/7", "private",
		"fe80::/10", "link-local",
		"fec0::/10", "site-local",
		"ff00::/8", "multicast",
	)
	globalUnicast6 = netip.MustParsePrefix("2000::/3")
	nat64          = netip.MustParsePrefix("64:ff9b::/96") // RFC 6052, section 2.1
	sixToFour      = netip.MustParsePrefix("2002::/16")    // RFC 3056
	teredo         = netip.MustParsePrefix("2001::/32")    // RFC 4380
	compatible4    = netip.MustParsePrefix("::/96")        // RFC 4291, section 2.5.5.1
	translated4    = netip.MustParsePrefix("::ffff:0:0:0/96")
)

// special names the kind of addr, or returns "" for a public address. addr has no zone and
// is no IPv4-mapped address.
func special(addr netip.Addr) string {
	if !addr.IsValid() {
		return "invalid"
	}
	table := special6
	if addr.Is4() {
		table = special4
	}
	for i := range table {
		if table[i].prefix.Contains(addr) {
			return table[i].kind
		}
	}
	if addr.Is6() && !globalUnicast6.Contains(addr) && !nat64.Contains(addr) {
		return "reserved" // IANA has allocated nothing else for global unicast
	}
	return ""
}

// embedded returns the IPv4 address that an IPv6 transition address carries, and the name
// of the mechanism. IPv4-mapped addresses are unmapped before and never come here.
func embedded(addr netip.Addr) (inner netip.Addr, how string, ok bool) {
	if !addr.Is6() {
		return netip.Addr{}, "", false
	}
	b := addr.As16()
	v4 := func(i int) netip.Addr { return netip.AddrFrom4([4]byte(b[i : i+4])) }
	switch {
	case nat64.Contains(addr):
		return v4(12), "NAT64", true
	case sixToFour.Contains(addr):
		return v4(2), "6to4", true
	case teredo.Contains(addr): // the client's address, inverted: RFC 4380, section 4
		for i := 12; i < 16; i++ {
			b[i] = ^b[i]
		}
		return v4(12), "Teredo", true
	case translated4.Contains(addr): // RFC 2765
		return v4(12), "IPv4-translated", true
	case binary.BigEndian.Uint32(b[8:])&^0x02000000 == 0x00005efe: // RFC 5214, section 6.1
		return v4(12), "ISATAP", true
	case compatible4.Contains(addr) && !addr.IsUnspecified() && !addr.IsLoopback():
		return v4(12), "IPv4-compatible", true
	}
	return netip.Addr{}, "", false
}
