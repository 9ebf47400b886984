package fetch

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"strings"

	"github.com/dop251/goja"

	"gannet/isolate/realm"
	"gannet/isolate/webapi/urls"
)

var (
	formDataInterface = &realm.Interface{Name: "FormData"}
	formDataIterator  = realm.NewIteratorInterface("FormData Iterator")
)

// FormData is a list of entries (XHR, section 4).
type FormData struct {
	entries []formEntry
}

// formEntry is one entry: file is nil for a string.
type formEntry struct {
	name, value string
	file        *File
	fileObj     goja.Value // the object a script gets, the same each time
}

func (e *formEntry) val(r *realm.Realm) goja.Value {
	if e.file == nil {
		return r.RT.ToValue(e.value)
	}
	if e.fileObj == nil {
		e.fileObj = r.Wrap(fileInterface, e.file)
	}
	return e.fileObj
}

// entryOf implements "create an entry" (XHR, section 4).
func entryOf(a realm.Args) formEntry {
	e := formEntry{name: a.String(a.Get(0))}
	v := a.Get(1)
	b, ok := realm.As[blobOf](v)
	if !ok {
		if a.Len() > 2 {
			a.ThrowType("parameter 2 is not of type 'Blob'.")
		}
		e.value = a.String(v)
		return e
	}
	f, isFile := b.(*File)
	switch {
	case a.Len() > 2:
		e.file = &File{Blob: *b.blob(), name: a.String(a.Get(2)), lastModified: now(a.Realm).UnixMilli()}
	case isFile:
		e.file, e.fileObj = f, v
	default:
		e.file = &File{Blob: *b.blob(), name: "blob", lastModified: now(a.Realm).UnixMilli()}
	}
	return e
}

func (d *FormData) iterate(r *realm.Realm, pick func(*formEntry) goja.Value) goja.Value {
	i := 0
	return r.NewIterator(formDataIterator, func() (goja.Value, bool) {
		if i >= len(d.entries) {
			return nil, false
		}
		i++
		return pick(&d.entries[i-1]), true
	})
}

func declareFormData() {
	formDataInterface.New = func(a realm.Args) any {
		if a.Has(0) {
			a.ThrowType("Failed to construct 'FormData': a form is not supported.")
		}
		return &FormData{}
	}
	formDataInterface.Members = []realm.Member{
		realm.Method("append", 2, func(d *FormData, a realm.Args) goja.Value {
			a.Need(2, "FormData.append")
			d.entries = append(d.entries, entryOf(a))
			return goja.Undefined()
		}),
		realm.Method("delete", 1, func(d *FormData, a realm.Args) goja.Value {
			a.Need(1, "FormData.delete")
			d.remove(a.String(a.Get(0)))
			return goja.Undefined()
		}),
		realm.Method("get", 1, func(d *FormData, a realm.Args) goja.Value {
			a.Need(1, "FormData.get")
			name := a.String(a.Get(0))
			for i := range d.entries {
				if d.entries[i].name == name {
					return d.entries[i].val(a.Realm)
				}
			}
			return goja.Null()
		}),
		realm.Method("getAll", 1, func(d *FormData, a realm.Args) goja.Value {
			a.Need(1, "FormData.getAll")
			name := a.String(a.Get(0))
			var list []any
			for i := range d.entries {
				if d.entries[i].name == name {
					list = append(list, d.entries[i].val(a.Realm))
				}
			}
			return a.RT.NewArray(list...)
		}),
		realm.Method("has", 1, func(d *FormData, a realm.Args) goja.Value {
			a.Need(1, "FormData.has")
			name := a.String(a.Get(0))
			for i := range d.entries {
				if d.entries[i].name == name {
					return a.RT.ToValue(true)
				}
			}
			return a.RT.ToValue(false)
		}),
		realm.Method("set", 2, func(d *FormData, a realm.Args) goja.Value {
			a.Need(2, "FormData.set")
			d.set(entryOf(a))
			return goja.Undefined()
		}),
		realm.Method("forEach", 1, func(d *FormData, a realm.Args) goja.Value {
			a.Need(1, "FormData.forEach")
			for i := 0; i < len(d.entries); i++ {
				e := &d.entries[i]
				a.Call(a.Get(0), a.Get(1), e.val(a.Realm), a.RT.ToValue(e.name), a.This)
			}
			return goja.Undefined()
		}),
		realm.Method("entries", 0, func(d *FormData, a realm.Args) goja.Value {
			return d.iterate(a.Realm, func(e *formEntry) goja.Value {
				return a.RT.NewArray(a.RT.ToValue(e.name), e.val(a.Realm))
			})
		}),
		realm.Method("keys", 0, func(d *FormData, a realm.Args) goja.Value {
			return d.iterate(a.Realm, func(e *formEntry) goja.Value { return a.RT.ToValue(e.name) })
		}),
		realm.Method("values", 0, func(d *FormData, a realm.Args) goja.Value {
			return d.iterate(a.Realm, func(e *formEntry) goja.Value { return e.val(a.Realm) })
		}),
		realm.Alias(goja.SymIterator, "entries"),
	}
	realm.Declare(formDataInterface, formDataIterator)
}

func (d *FormData) remove(name string) {
	kept := d.entries[:0]
	for _, e := range d.entries {
		if e.name != name {
			kept = append(kept, e)
		}
	}
	clear(d.entries[len(kept):])
	d.entries = kept
}

func (d *FormData) set(e formEntry) {
	for i := range d.entries {
		if d.entries[i].name == e.name {
			d.entries[i] = e
			rest := &FormData{entries: d.entries[i+1:]}
			rest.remove(e.name)
			d.entries = d.entries[:i+1+len(rest.entries)]
			return
		}
	}
	d.entries = append(d.entries, e)
}

// encode is the multipart/form-data encoding (HTML, section 4.10.21.8).
func (d *FormData) encode() (content []byte, contentType string) {
	var random [16]byte
	_, _ = rand.Read(random[:])
	boundary := "----gannet-form-" + hex.EncodeToString(random[:])
	var b bytes.Buffer
	for _, e := range d.entries {
		b.WriteString("--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + escapeFormName(crlf(e.name)) + "\"")
		if e.file == nil {
			b.WriteString("\r\n\r\n" + crlf(e.value) + "\r\n")
			continue
		}
		typ := e.file.typ
		if typ == "" {
			typ = "application/octet-stream"
		}
		b.WriteString("; filename=\"" + escapeFormName(e.file.name) + "\"\r\nContent-Type: " + typ + "\r\n\r\n")
		b.Write(e.file.data)
		b.WriteString("\r\n")
	}
	b.WriteString("--" + boundary + "--\r\n")
	return b.Bytes(), "multipart/form-data; boundary=" + boundary
}

var formNameEscapes = strings.NewReplacer("\n", "%0A", "\r", "%0D", "\"", "%22")

func escapeFormName(s string) string { return formNameEscapes.Replace(s) }

// crlf makes every line end CR LF.
func crlf(s string) string {
	if !strings.ContainsAny(s, "\r\n") {
		return s
	}
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.ReplaceAll(s, "\r", "\n")
	return strings.ReplaceAll(s, "\n", "\r\n")
}

// maxFormParts bounds the parts of a multipart body; more is an error.
const maxFormParts = 10000

// parseFormData makes a FormData of a body, by its Content-Type (Fetch, section 5.3).
func parseFormData(r *realm.Realm, p []byte, contentType string) goja.Value {
	d := &FormData{}
	switch essence(contentType) {
	case "application/x-www-form-urlencoded":
		for _, kv := range urls.ParseForm(utf8Text(p)) {
			d.entries = append(d.entries, formEntry{name: kv[0], value: kv[1]})
		}
	case "multipart/form-data":
		if err := d.parseMultipart(r, p, contentType); err != nil {
			r.ThrowType("The body could not be parsed as multipart/form-data: %s", err.Error())
		}
	default:
		r.ThrowType("Unrecognized Content-Type header value. FormData can only parse the following MIME types: multipart/form-data, application/x-www-form-urlencoded")
	}
	return r.Wrap(formDataInterface, d)
}

func (d *FormData) parseMultipart(r *realm.Realm, p []byte, contentType string) error {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return err
	}
	boundary := params["boundary"]
	if boundary == "" {
		return errors.New("no boundary in Content-Type")
	}
	mr := multipart.NewReader(bytes.NewReader(p), boundary)
	for {
		part, err := mr.NextRawPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if len(d.entries) == maxFormParts {
			return errors.New("too many parts")
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return err
		}
		name, filename, isFile, err := disposition(part.Header.Get("Content-Disposition"))
		if err != nil {
			return err
		}
		if !isFile {
			d.entries = append(d.entries, formEntry{name: name, value: utf8Text(content)})
			continue
		}
		typ := part.Header.Get("Content-Type")
		if typ == "" {
			typ = "text/plain"
		}
		d.entries = append(d.entries, formEntry{name: name, file: &File{
			Blob: Blob{data: content, typ: normalType(typ)},
			name: filename, lastModified: now(r).UnixMilli(),
		}})
	}
}

// disposition reads name and filename as browsers write them: quoted strings in which only
// the double quote, CR and LF are escaped, by percent-encoding (RFC 7578, section 4.2). A
// backslash is an ordinary character there, which rules mime.ParseMediaType out.
func disposition(v string) (name, filename string, isFile bool, err error) {
	typ, rest, _ := strings.Cut(v, ";")
	if !strings.EqualFold(strings.TrimSpace(typ), "form-data") {
		return "", "", false, errors.New("a part is not form-data")
	}
	hasName := false
	for rest = strings.TrimLeft(rest, " \t;"); rest != ""; rest = strings.TrimLeft(rest, " \t;") {
		key, after, ok := strings.Cut(rest, "=")
		if !ok {
			break
		}
		var value string
		if strings.HasPrefix(after, "\"") {
			end := strings.IndexByte(after[1:], '"')
			if end < 0 {
				return "", "", false, errors.New("unterminated quoted string in Content-Disposition")
			}
			value, rest = after[1:1+end], after[2+end:]
		} else {
			value, rest, _ = strings.Cut(after, ";")
			value = strings.TrimSpace(value)
		}
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "name":
			name, hasName = unescapeFormName(value), true
		case "filename":
			filename, isFile = unescapeFormName(value), true
		}
	}
	if !hasName {
		return "", "", false, errors.New("a part has no name")
	}
	return name, filename, isFile, nil
}

var formNameUnescapes = strings.NewReplacer("%0A", "\n", "%0a", "\n", "%0D", "\r", "%0d", "\r", "%22", "\"")

func unescapeFormName(s string) string { return utf8Text([]byte(formNameUnescapes.Replace(s))) }
