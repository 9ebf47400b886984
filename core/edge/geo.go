package edge

import (
	"net/netip"
	"strconv"

	"github.com/oschwald/maxminddb-golang/v2"

	"gannet/core"
)

// Geo finds places in a MaxMind database (GeoLite2 or GeoIP2: Country, City or ASN).
type Geo struct {
	db *maxminddb.Reader
}

// OpenGeo opens a database file. It is mapped into memory; Close gives it back once no
// request uses it any more.
func OpenGeo(path string) (*Geo, error) {
	db, err := maxminddb.Open(path)
	if err != nil {
		return nil, err
	}
	return &Geo{db: db}, nil
}

// Close gives the file back.
func (g *Geo) Close() error { return g.db.Close() }

// geoRecord is what we read of a record.
type geoRecord struct {
	Country struct {
		ISOCode string `maxminddb:"iso_code"`
		IsEU    bool   `maxminddb:"is_in_european_union"`
	} `maxminddb:"country"`
	Continent struct {
		Code string `maxminddb:"code"`
	} `maxminddb:"continent"`
	City struct {
		Names map[string]string `maxminddb:"names"`
	} `maxminddb:"city"`
	Subdivisions []struct {
		ISOCode string            `maxminddb:"iso_code"`
		Names   map[string]string `maxminddb:"names"`
	} `maxminddb:"subdivisions"`
	Postal struct {
		Code string `maxminddb:"code"`
	} `maxminddb:"postal"`
	Location struct {
		Latitude  *float64 `maxminddb:"latitude"`
		Longitude *float64 `maxminddb:"longitude"`
		Timezone  string   `maxminddb:"time_zone"`
		Metro     uint     `maxminddb:"metro_code"`
	} `maxminddb:"location"`
	ASN          uint32 `maxminddb:"autonomous_system_number"`
	Organization string `maxminddb:"autonomous_system_organization"`
}

// fill sets what the database knows of addr; the rest of cf stays as it is.
func (g *Geo) fill(cf *core.CF, addr netip.Addr) {
	var rec geoRecord
	res := g.db.Lookup(addr)
	if !res.Found() || res.Decode(&rec) != nil {
		return
	}
	if rec.Country.ISOCode != "" {
		cf.Country, cf.IsEU = rec.Country.ISOCode, rec.Country.IsEU
	}
	cf.Continent = rec.Continent.Code
	cf.City = rec.City.Names["en"]
	if len(rec.Subdivisions) > 0 {
		cf.RegionCode, cf.Region = rec.Subdivisions[0].ISOCode, rec.Subdivisions[0].Names["en"]
	}
	cf.PostalCode = rec.Postal.Code
	cf.Timezone = rec.Location.Timezone
	if rec.Location.Latitude != nil && rec.Location.Longitude != nil {
		cf.Latitude = strconv.FormatFloat(*rec.Location.Latitude, 'f', 5, 64)
		cf.Longitude = strconv.FormatFloat(*rec.Location.Longitude, 'f', 5, 64)
	}
	if rec.Location.Metro != 0 {
		cf.MetroCode = strconv.FormatUint(uint64(rec.Location.Metro), 10)
	}
	cf.ASN, cf.ASOrganization = rec.ASN, rec.Organization
}
