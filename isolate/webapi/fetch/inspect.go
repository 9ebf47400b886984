package fetch

// InspectPairs gives console the headers to show.
func (h *Headers) InspectPairs() [][2]string {
	list := h.sorted()
	pairs := make([][2]string, len(list))
	for i, f := range list {
		pairs[i] = [2]string{f.Name, utf8Text(stringBytes(f.Value))}
	}
	return pairs
}

// InspectPairs gives console the entries to show; a file by its name.
func (d *FormData) InspectPairs() [][2]string {
	pairs := make([][2]string, len(d.entries))
	for i, e := range d.entries {
		value := e.value
		if e.file != nil {
			value = "File " + e.file.name
		}
		pairs[i] = [2]string{e.name, value}
	}
	return pairs
}
