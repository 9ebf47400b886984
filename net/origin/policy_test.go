package origin

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"gannet/core"
)

// spelling reads the host of a URL as dial does, names excepted.
func spelling(t *testing.T, host string) netip.Addr {
	t.Helper()
	u := "http://" + host + "/"
	p, ok := splitURL(u)
	if !ok {
		t.Fatalf("%s: not a URL", u)
	}
	addr, isAddr := literal(p.host)
	if !isAddr {
		t.Fatalf("%s: not an address", u)
	}
	return addr
}

// TestSpellings: every way to write an address that is not public is refused, whatever
// parser it went through before.
func TestSpellings(t *testing.T) {
	refused := map[string]string{
		// loopback
		"127.0.0.1": "loopback", "127.1": "loopback", "127.0.1": "loopback", "0x7f.1": "loopback", "0x7f000001": "loopback",
		"0X7F.0X0.0X0.0X1": "loopback", "2130706433": "loopback", "017700000001": "loopback", "0177.0.0.1": "loopback",
		"0177.0.0.01": "loopback", "127.0.0.1.": "loopback", "127.255.255.254": "loopback", "127.0x0.0.00000001": "loopback",
		"[::1]": "loopback", "[0:0:0:0:0:0:0:1]": "loopback", "[0000::0001]": "loopback", "[::1%25lo]": "loopback", "[::ffff:127.0.0.1]": "loopback",
		"[::ffff:7f00:1]": "loopback", "[0:0:0:0:0:ffff:127.0.0.1]": "loopback", "[::127.0.0.1]": "loopback", "[::7f00:1]": "loopback",
		"[64:ff9b::127.0.0.1]": "loopback", "[64:ff9b::7f00:1]": "loopback", "[2002:7f00:1::]": "loopback", "[2002:7f00:0001::1]": "loopback",
		"[2001:0:4136:e378:8000:63bf:80ff:fffe]": "loopback", "[::ffff:0:127.0.0.1]": "loopback", "[fe80::5efe:127.0.0.1]": "loopback",
		"[2607:f8b0::5efe:7f00:1]": "loopback", "[2607:f8b0::200:5efe:7f00:1]": "loopback",
		// unspecified
		"0.0.0.0": "unspecified", "0": "unspecified", "0x0": "unspecified", "00.00": "unspecified", "0.1.2.3": "unspecified",
		"[::]": "unspecified", "[::ffff:0.0.0.0]": "unspecified", "[64:ff9b::]": "unspecified",
		// metadata
		"169.254.169.254": "metadata", "0xa9fea9fe": "metadata", "2852039166": "metadata", "0251.0376.0251.0376": "metadata",
		"169.254.43518": "metadata", "[::ffff:169.254.169.254]": "metadata", "[::ffff:a9fe:a9fe]": "metadata", "[64:ff9b::a9fe:a9fe]": "metadata",
		"[2002:a9fe:a9fe::]": "metadata", "[fd00:ec2::254]": "metadata", "[fd20:ce::254]": "metadata", "169.254.170.2": "metadata",
		"100.100.100.200": "metadata", "168.63.129.16": "metadata", "192.0.0.192": "metadata",
		// private
		"10.0.0.1": "private", "10.1": "private", "167772161": "private", "012.0.0.1": "private", "172.16.0.1": "private", "172.31.255.255": "private",
		"192.168.0.1": "private", "192.168.257": "private", "0xc0a80001": "private", "[::ffff:10.0.0.1]": "private", "[64:ff9b::10.0.0.1]": "private",
		"[2002:a00:1::]": "private", "[fc00::1]": "private", "[fdff:ffff::1]": "private", "[fd12:3456::1%25eth0]": "private",
		// link-local and the rest of the registries
		"169.254.0.1": "link-local", "[fe80::1]": "link-local", "[fe80::1%25eth0]": "link-local", "[febf::1]": "link-local", "[fec0::1]": "site-local",
		"100.64.0.1": "carrier-NAT", "100.127.255.255": "carrier-NAT", "192.0.0.8": "protocol-assignment", "192.0.2.1": "documentation",
		"198.51.100.7": "documentation", "203.0.113.9": "documentation", "[2001:db8::1]": "documentation", "[3fff::1]": "documentation",
		"198.18.0.1": "benchmarking", "198.19.255.255": "benchmarking", "[2001:2::1]": "benchmarking", "192.88.99.1": "6to4-relay",
		"224.0.0.1": "multicast", "239.255.255.250": "multicast", "[ff02::1]": "multicast", "240.0.0.1": "reserved", "255.255.255.255": "broadcast",
		"4294967295": "broadcast", "[100::1]": "discard-only", "[100:0:0:1::1]": "dummy", "[64:ff9b:1::1]": "NAT64", "[5f00::1]": "segment-routing",
		"[2001:20::1]": "protocol-assignment", "[2001::1]": "Teredo", "[4000::1]": "reserved", "[1::1]": "reserved", "[e000::1]": "reserved",
		"[::ffff:0:8.8.8.8]": "reserved", "[::8.8.8.8]": "reserved",
	}
	p := &Policy{}
	for host, kind := range refused {
		err := p.check(netip.AddrPortFrom(spelling(t, host), 80), trustNone)
		if !errors.Is(err, core.ErrForbiddenTarget) || !strings.Contains(err.Error(), kind) {
			t.Errorf("%s: %v, want refused as %s", host, err, kind)
		}
	}
	allowed := []string{
		"8.8.8.8", "1.1.1.1", "134744072", "0x08080808", "8.8.2056", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
		"128.0.0.1", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.167.255.255", "192.169.0.0", "198.17.255.255",
		"198.20.0.0", "223.255.255.255", "[2606:4700::1111]", "[2a00:1450::1]", "[::ffff:8.8.8.8]", "[64:ff9b::8.8.8.8]", "[2002:808:808::1]", "[2001:4860:4860::8888]",
	}
	for _, host := range allowed {
		if err := p.check(netip.AddrPortFrom(spelling(t, host), 80), trustNone); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	if n := len(refused) + len(allowed); n < 80 {
		t.Errorf("only %d spellings", n)
	}
}

// TestInvalidAddresses: what looks like an address but is none is never asked of the DNS.
func TestInvalidAddresses(t *testing.T) {
	for _, host := range []string{"256.0.0.1", "1.2.3.4.5", "0x100000000", "4294967296", "127.0.0.08", "1.2.3.256", "1..2", "::1::2", "::g", ".1"} {
		if addr, isAddr := literal(host); !isAddr || addr.IsValid() {
			t.Errorf("%s: %v, %v", host, addr, isAddr)
		}
	}
	for _, host := range []string{"example.com", "1.example", "a1", "0xg", "1.2.3.4a", "xn--1", "127.0.0.1.nip.io", "1-2"} {
		if _, isAddr := literal(host); isAddr {
			t.Errorf("%s: taken for an address", host)
		}
	}
}

func TestPolicy(t *testing.T) {
	pre := netip.MustParsePrefix
	ap := netip.MustParseAddrPort
	f := func(name string, p Policy, addr string, by trust, ok bool) {
		t.Helper()
		if err := p.check(ap(addr), by); (err == nil) != ok {
			t.Errorf("%s: %s: %v", name, addr, err)
		}
	}
	private := Policy{AllowPrivate: []netip.Prefix{pre("127.0.0.0/8"), pre("fd00::/8"), pre("::ffff:10.0.0.0/104"), pre("fe80::/10")}}
	f("listed", private, "127.0.0.1:80", trustNone, true)
	f("listed, mapped", private, "[::ffff:127.0.0.1]:80", trustNone, true)
	f("listed by mapped prefix", private, "10.1.2.3:80", trustNone, true)
	f("listed inside NAT64", private, "[64:ff9b::127.0.0.1]:80", trustNone, true)
	f("listed inside 6to4", private, "[2002:7f00:1::]:80", trustNone, true)
	f("listed inside Teredo", private, "[2001:0:4136:e378:8000:63bf:80ff:fffe]:80", trustNone, false)
	f("listed ULA", private, "[fd00::1]:80", trustNone, true)
	f("listed with zone", private, "[fe80::1%eth0]:80", trustNone, true)
	f("unlisted", private, "192.168.0.1:80", trustNone, false)
	f("unlisted loopback of the other family", private, "[::1]:80", trustNone, false)
	f("unspecified is not loopback", private, "0.0.0.0:80", trustNone, false)
	f("all", Policy{AllowAll: true}, "169.254.169.254:80", trustNone, true)
	f("operator", Policy{}, "10.0.0.1:80", trustOperator, true)

	admin := Policy{AllowAll: true, Deny: []netip.AddrPort{ap("127.0.0.1:9900")}}
	for _, addr := range []string{
		"127.0.0.1:9900", "127.0.0.2:9900", "[::1]:9900", "0.0.0.0:9900", "[::]:9900", "[::ffff:127.0.0.1]:9900", "[::ffff:0.0.0.0]:9900",
		"[64:ff9b::127.0.0.1]:9900", "[2002:7f00:1::]:9900", "[::127.0.0.1]:9900",
	} {
		by := trustNone
		f("admin", Policy{Deny: admin.Deny, AllowPrivate: private.AllowPrivate}, addr, by, false)
	}
	f("admin, all allowed", admin, "127.0.0.1:9900", trustNone, false)
	f("admin by the operator", admin, "127.0.0.1:9900", trustOperator, false)
	f("admin, unspecified", admin, "0.0.0.0:9900", trustOperator, false)
	f("other port", admin, "127.0.0.1:9901", trustNone, true)
	f("other address", admin, "10.0.0.1:9900", trustNone, true)

	wild := Policy{AllowAll: true, Deny: []netip.AddrPort{ap("[::]:9900")}}
	f("wildcard admin, loopback", wild, "127.0.0.1:9900", trustNone, false)
	f("wildcard admin, elsewhere", wild, "203.0.113.1:9900", trustNone, true)
	for _, a := range localAddrs(t) {
		f("wildcard admin, own address", wild, netip.AddrPortFrom(a, 9900).String(), trustNone, false)
	}
}

func TestSplitURL(t *testing.T) {
	f := func(u string, want place, ok bool) {
		t.Helper()
		if got, gotOK := splitURL(u); gotOK != ok || ok && got != want {
			t.Errorf("%q: %+v, %v", u, got, gotOK)
		}
	}
	f("http://a/", place{false, "a", 80, "a", "/"}, true)
	f("http://a", place{false, "a", 80, "a", "/"}, true)
	f("https://a.b:8443/x?y#z", place{true, "a.b", 8443, "a.b:8443", "/x?y"}, true)
	f("https://a?y", place{true, "a", 443, "a", "/?y"}, true)
	f("http://a#z", place{false, "a", 80, "a", "/"}, true)
	f("http://[::1]:81/x", place{false, "::1", 81, "[::1]:81", "/x"}, true)
	for _, bad := range []string{
		"", "a", "ftp://a/", "http:/a", "HTTP://a/", "http:///x", "http://:80/", "http://u@a/", "http://u:p@a/", "http://a:0/", "http://a:65536/",
		"http://a:+1/", "http://a:x/", "http://[::1/", "http://[::1]x/", "http://[a]/", "http://a b/", "http://a/ b", "http://a/\r\nX: y", "http://a\x00/",
		"http://a/\x7f", "http://a/é", "http://é/", "http://a\\b/", "http://[::1]:/x y",
	} {
		f(bad, place{}, false)
	}
}

// FuzzSplitURL: what is accepted can stand in a request head, and names its host the way
// a URL parser would.
func FuzzSplitURL(f *testing.F) {
	for _, seed := range []string{"http://a/", "https://[::1]:8/?x", "http://0x7f.1/", "http://a:1/b#c", "http://127.1:80"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, u string) {
		p, ok := splitURL(u)
		if !ok {
			return
		}
		if p.target == "" || p.target[0] != '/' || strings.ContainsAny(p.target+p.authority, " \r\n\x00#") || strings.Contains(p.authority, "@") || p.port == 0 || p.host == "" {
			t.Fatalf("%q: %+v", u, p)
		}
		if addr, isAddr := literal(p.host); isAddr && addr.IsValid() {
			err := (&Policy{}).check(netip.AddrPortFrom(addr, p.port), trustNone)
			plain := addr.WithZone("").Unmap()
			if err == nil && (plain.IsLoopback() || plain.IsPrivate() || plain.IsLinkLocalUnicast() || plain.IsMulticast() || plain.IsUnspecified()) {
				t.Fatalf("%q reaches %v", u, addr)
			}
		}
	})
}
