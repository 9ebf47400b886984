package fetch

import (
	"github.com/dop251/goja"

	"gannet/core"
	"gannet/isolate/realm"
)

// clientObject is request.cf of an incoming request: what is unknown is absent.
func clientObject(r *realm.Realm, cf *core.CF) goja.Value {
	obj := r.RT.NewObject()
	for _, f := range []struct{ name, value string }{
		{"httpProtocol", cf.HTTPProtocol},
		{"country", cf.Country},
		{"colo", cf.Colo},
		{"city", cf.City},
		{"continent", cf.Continent},
		{"region", cf.Region},
		{"regionCode", cf.RegionCode},
		{"postalCode", cf.PostalCode},
		{"timezone", cf.Timezone},
		{"latitude", cf.Latitude},
		{"longitude", cf.Longitude},
		{"metroCode", cf.MetroCode},
		{"asOrganization", cf.ASOrganization},
		{"tlsVersion", cf.TLSVersion},
		{"tlsCipher", cf.TLSCipher},
	} {
		if f.value != "" {
			_ = obj.Set(f.name, f.value)
		}
	}
	if cf.IsEU {
		_ = obj.Set("isEUCountry", "1")
	}
	if cf.ASN != 0 {
		_ = obj.Set("asn", cf.ASN)
	}
	if cf.ClientTCPRTT > 0 {
		_ = obj.Set("clientTcpRtt", cf.ClientTCPRTT.Milliseconds())
	}
	return obj
}
