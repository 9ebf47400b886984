package assets

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"gannet/core"
)

// validator identifies one version of a file.
//
// Why not a hash of the content? It would have to be computed before the first byte of a
// large file can be sent, and kept. Size and modification time, in nanoseconds, do as well
// as long as nobody sets times by hand. A touched file costs a transfer.
type validator struct {
	etag     string // with quotes, and W/ when weak
	modified time.Time
}

// settled is the age from which a modification time vouches for content: file systems
// stamp by a clock that ticks every few milliseconds, so a file just written may change
// again without showing it (RFC 9110, section 8.8.1).
const settled = 2 * time.Second

func validatorOf(size int64, modified, now time.Time) validator {
	b := make([]byte, 0, 40)
	if now.Sub(modified) < settled {
		b = append(b, "W/"...)
	}
	b = append(b, '"')
	b = strconv.AppendInt(b, size, 36)
	b = append(b, '-')
	b = strconv.AppendInt(b, modified.UnixNano(), 36)
	b = append(b, '"')
	return validator{etag: string(b), modified: modified.UTC().Truncate(time.Second)}
}

// evaluate applies the preconditions in the order of RFC 9110, section 13.2.2. It returns
// 200, 304 or 412. The method is GET or HEAD.
func (v validator) evaluate(f core.Fields) int {
	if list, ok := f.Joined("If-Match"); ok {
		if !matches(list, v.etag, true) {
			return http.StatusPreconditionFailed
		}
	} else if t, ok := dateOf(f, "If-Unmodified-Since"); ok && v.modified.After(t) {
		return http.StatusPreconditionFailed
	}
	if list, ok := f.Joined("If-None-Match"); ok {
		if matches(list, v.etag, false) {
			return http.StatusNotModified
		}
	} else if t, ok := dateOf(f, "If-Modified-Since"); ok && !v.modified.After(t) {
		return http.StatusNotModified
	}
	return http.StatusOK
}

// ifRange reports whether a Range may be honoured: RFC 9110, section 13.1.5. An entity tag
// must match strongly, a date exactly.
func (v validator) ifRange(f core.Fields) bool {
	value, ok := f.Lookup("If-Range")
	if !ok {
		return true
	}
	if strings.HasPrefix(value, `"`) || strings.HasPrefix(value, "W/") {
		return value == v.etag && value[0] == '"'
	}
	t, err := http.ParseTime(value)
	return err == nil && v.modified.Equal(t) && v.etag[0] == '"'
}

// dateOf returns a date field that has one well-formed value; others are ignored.
func dateOf(f core.Fields, name string) (time.Time, bool) {
	value, ok := f.Lookup(name)
	if !ok {
		return time.Time{}, false
	}
	t, err := http.ParseTime(value)
	return t, err == nil
}

// matches reports whether a list of entity tags, or "*", holds etag. Strong comparison
// needs both to be strong, weak comparison ignores the W/ (RFC 9110, section 8.8.3.2). The
// list is read up to the first thing that is no entity tag.
func matches(list, etag string, strong bool) bool {
	if strings.Trim(list, " \t") == "*" {
		return true
	}
	opaque := strings.TrimPrefix(etag, "W/")
	weak := len(opaque) != len(etag)
	for {
		list = strings.TrimLeft(list, " \t,")
		rest := strings.TrimPrefix(list, "W/")
		theirs := len(rest) != len(list)
		if rest == "" || rest[0] != '"' {
			return false
		}
		end := strings.IndexByte(rest[1:], '"')
		if end < 0 {
			return false
		}
		if rest[:end+2] == opaque && (!strong || !weak && !theirs) {
			return true
		}
		list = rest[end+2:]
	}
}
