package edge

import (
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"

	"gannet/core"
	"gannet/core/plan"
)

// writeGeo makes a database with one network of each kind.
func writeGeo(t *testing.T) string {
	t.Helper()
	w, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: "Test-City", IncludeReservedNetworks: true})
	if err != nil {
		t.Fatal(err)
	}
	insert := func(cidr string, rec mmdbtype.Map) {
		_, n, err := net.ParseCIDR(cidr)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Insert(n, rec); err != nil {
			t.Fatal(err)
		}
	}
	insert("203.0.113.0/24", mmdbtype.Map{
		"country":      mmdbtype.Map{"iso_code": mmdbtype.String("FR"), "is_in_european_union": mmdbtype.Bool(true)},
		"continent":    mmdbtype.Map{"code": mmdbtype.String("EU")},
		"city":         mmdbtype.Map{"names": mmdbtype.Map{"en": mmdbtype.String("Lyon")}},
		"subdivisions": mmdbtype.Slice{mmdbtype.Map{"iso_code": mmdbtype.String("ARA"), "names": mmdbtype.Map{"en": mmdbtype.String("Auvergne-Rhône-Alpes")}}},
		"postal":       mmdbtype.Map{"code": mmdbtype.String("69001")},
		"location":     mmdbtype.Map{"latitude": mmdbtype.Float64(45.75), "longitude": mmdbtype.Float64(4.85), "time_zone": mmdbtype.String("Europe/Paris")},

		"autonomous_system_number":       mmdbtype.Uint32(64500),
		"autonomous_system_organization": mmdbtype.String("Example Net"),
	})
	insert("2001:db8::/32", mmdbtype.Map{"country": mmdbtype.Map{"iso_code": mmdbtype.String("JP")}})
	path := filepath.Join(t.TempDir(), "geo.mmdb")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.WriteTo(f); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestGeo(t *testing.T) {
	geo, err := OpenGeo(writeGeo(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = geo.Close() }()
	var cf core.CF
	var country string
	w := &fakeWorker{"w", func(ev *core.FetchEvent) {
		cf, country = *ev.CF, ev.Exchange.Request.Fields.Get("CF-IPCountry")
		answer(nil, "")(ev)
	}}
	f := newFixture(t, plan.Spec{Rules: []*plan.Rule{rule(t, "w.example/*", w, nil)}}, Options{Geo: geo, Country: "US"})
	for remote, want := range map[string]string{
		"203.0.113.9:1":          "FR",
		"[::ffff:203.0.113.9]:1": "FR",
		"[2001:db8::1]:1":        "JP",
		"198.51.100.1:1":         "US", // what the database does not know falls back
	} {
		x := request("GET", "w.example", "/")
		x.Request.Remote = netip.MustParseAddrPort(remote)
		f.do(x)
		if cf.Country != want || country != want {
			t.Errorf("%s: request.cf %q, CF-IPCountry %q, want %q", remote, cf.Country, country, want)
		}
	}
	x := request("GET", "w.example", "/")
	f.do(x)
	want := core.CF{Country: "FR", City: "Lyon", Continent: "EU", Region: "Auvergne-Rhône-Alpes", RegionCode: "ARA", PostalCode: "69001",
		Timezone: "Europe/Paris", Latitude: "45.75000", Longitude: "4.85000", IsEU: true, ASN: 64500, ASOrganization: "Example Net",
		Colo: "GNT", HTTPProtocol: "HTTP/1.1"}
	if cf != want {
		t.Errorf("got  %+v\nwant %+v", cf, want)
	}
	if _, err := OpenGeo(filepath.Join(t.TempDir(), "none.mmdb")); err == nil {
		t.Error("a file that is not there opens")
	}
}
