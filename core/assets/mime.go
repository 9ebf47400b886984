package assets

import "strings"

// mimeTypes maps a lower-case file name extension to its media type. It is our own, so
// that a file is served alike on every machine: package mime reads the system's tables.
// Text types say utf-8, as everything written today is (RFC 9110, section 8.3.2, wants no
// guessing, but a browser without charset would guess).
var mimeTypes = map[string]string{
	"html": "text/html; charset=utf-8", "htm": "text/html; charset=utf-8", "xhtml": "application/xhtml+xml; charset=utf-8",
	"css": "text/css; charset=utf-8", "txt": "text/plain; charset=utf-8", "text": "text/plain; charset=utf-8",
	"log": "text/plain; charset=utf-8", "csv": "text/csv; charset=utf-8", "tsv": "text/tab-separated-values; charset=utf-8",
	"md": "text/markdown; charset=utf-8", "markdown": "text/markdown; charset=utf-8", "ics": "text/calendar; charset=utf-8",
	"vcf": "text/vcard; charset=utf-8", "vtt": "text/vtt; charset=utf-8", "srt": "application/x-subrip; charset=utf-8",
	"js": "text/javascript; charset=utf-8", "mjs": "text/javascript; charset=utf-8", "cjs": "text/javascript; charset=utf-8",
	"jsx": "text/javascript; charset=utf-8", "tsx": "text/plain; charset=utf-8",
	"xml": "application/xml; charset=utf-8", "xsl": "application/xslt+xml; charset=utf-8", "rss": "application/rss+xml; charset=utf-8",
	"atom": "application/atom+xml; charset=utf-8", "yaml": "application/yaml; charset=utf-8", "yml": "application/yaml; charset=utf-8",
	"toml": "application/toml; charset=utf-8", "graphql": "application/graphql; charset=utf-8",

	"json": "application/json", "map": "application/json", "json5": "application/json5", "jsonld": "application/ld+json",
	"geojson": "application/geo+json", "ndjson": "application/x-ndjson", "webmanifest": "application/manifest+json",
	"wasm": "application/wasm", "pdf": "application/pdf", "rtf": "application/rtf", "epub": "application/epub+zip",
	"zip": "application/zip", "gz": "application/gzip", "tgz": "application/gzip", "bz2": "application/x-bzip2",
	"xz": "application/x-xz", "zst": "application/zstd", "7z": "application/x-7z-compressed", "tar": "application/x-tar",
	"rar": "application/vnd.rar", "jar": "application/java-archive", "apk": "application/vnd.android.package-archive",
	"doc": "application/msword", "xls": "application/vnd.ms-excel", "ppt": "application/vnd.ms-powerpoint",
	"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	"pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	"odt":  "application/vnd.oasis.opendocument.text", "ods": "application/vnd.oasis.opendocument.spreadsheet",
	"bin": "application/octet-stream", "exe": "application/octet-stream", "dmg": "application/octet-stream",
	"iso": "application/octet-stream", "sqlite": "application/vnd.sqlite3",

	"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp",
	"avif": "image/avif", "apng": "image/apng", "jxl": "image/jxl", "heic": "image/heic", "svg": "image/svg+xml",
	"ico": "image/vnd.microsoft.icon", "bmp": "image/bmp", "tif": "image/tiff", "tiff": "image/tiff",

	"mp3": "audio/mpeg", "m4a": "audio/mp4", "aac": "audio/aac", "oga": "audio/ogg", "ogg": "audio/ogg",
	"opus": "audio/ogg", "wav": "audio/wav", "flac": "audio/flac", "weba": "audio/webm", "mid": "audio/midi",

	"mp4": "video/mp4", "m4v": "video/mp4", "webm": "video/webm", "ogv": "video/ogg", "mov": "video/quicktime",
	"avi": "video/x-msvideo", "mkv": "video/matroska", "mpeg": "video/mpeg", "mpg": "video/mpeg",
	"m3u8": "application/vnd.apple.mpegurl", "ts": "video/mp2t", "mpd": "application/dash+xml", "m4s": "video/iso.segment",

	"woff": "font/woff", "woff2": "font/woff2", "ttf": "font/ttf", "otf": "font/otf", "eot": "application/vnd.ms-fontobject",
	"glb": "model/gltf-binary", "gltf": "model/gltf+json", "pem": "application/x-pem-file",
}

// contentType returns the media type for a file name, or "" when the extension says
// nothing: then no Content-Type is sent rather than a wrong one (RFC 9110, section 8.3).
func contentType(name string) string {
	dot := strings.LastIndexByte(name, '.')
	if dot < strings.LastIndexByte(name, '/') || dot < 0 {
		return ""
	}
	return mimeTypes[strings.ToLower(name[dot+1:])]
}
