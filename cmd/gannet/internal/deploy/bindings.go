package deploy

import (
	"encoding/json"
	"slices"

	"gannet/core"
	"gannet/core/config"
	"gannet/isolate"
)

// bindings are the properties of env. assets is what the ASSETS binding fetches from.
func bindings(in *Input, assets core.Fetcher) []isolate.Binding {
	var out []isolate.Binding
	for _, b := range in.Project.Bindings {
		out = append(out, isolate.Binding{Name: b.Name, Kind: isolate.Unsupported, Type: b.Type})
	}
	if a := in.Project.Assets; a != nil && a.Binding != "" && assets != nil {
		out = append(out, isolate.Binding{Name: a.Binding, Kind: isolate.Service, Fetcher: assets})
	}
	for _, v := range in.Vars {
		value := v.JSON
		if value == nil {
			value, _ = json.Marshal(v.Text) // a string always can be
		}
		out = append(out, isolate.Binding{Name: v.Name, Kind: isolate.Var, Value: value})
	}
	return out
}

// datedFlags are the compatibility flags that a compatibility date switches on, with the
// first date that does, and the flag that switches each off again. Only flags that
// something in Gannet asks for are here.
var datedFlags = []struct{ on, off, since string }{
	{"global_navigator", "no_global_navigator", "2022-03-21"},
	{navigationFlag, "assets_navigation_has_no_effect", "2025-04-01"},
}

// navigationFlag gives navigations to not_found_handling before the worker.
const navigationFlag = "assets_navigation_prefers_asset_serving"

// flags are the compatibility flags in force. Dates compare as text.
func flags(p *config.Project) map[string]bool {
	m := make(map[string]bool)
	for _, d := range datedFlags {
		if p.CompatibilityDate >= d.since && !slices.Contains(p.CompatibilityFlags, d.off) {
			m[d.on] = true
		}
	}
	for _, f := range p.CompatibilityFlags {
		m[f] = true
	}
	return m
}
