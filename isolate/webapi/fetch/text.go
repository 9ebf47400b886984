package fetch

import (
	"unsafe"

	"gannet/isolate/webapi/urls"
)

// utf8Text returns p as valid UTF-8, each maximal malformed subpart replaced by U+FFFD as the
// Encoding standard has it. Valid input is not copied: p must not be written to afterwards.
func utf8Text(p []byte) string {
	return urls.DecodeUTF8(unsafe.String(unsafe.SliceData(p), len(p)))
}
