package compat_test

// gap is why Gannet differs from workerd in one case.
type gap struct {
	kind   gapKind
	reason string
}

type gapKind uint8

const (
	// engine: goja lacks it, or does it wrong.
	engine gapKind = iota + 1
	// unbuilt: Gannet has it not yet.
	unbuilt
	// standard: Gannet does what the standard says, workerd does not. It is one only where
	// no program is likely to rely on the difference; where one is, Gannet follows workerd.
	standard
	// lenient: Gannet takes or has more than workerd does.
	lenient
)

func (k gapKind) String() string {
	return [...]string{"?", "the engine lacks it", "not built yet", "the standard is followed", "more is allowed"}[k]
}

// gaps are the cases in which Gannet is known to differ from workerd: "script/case", or
// "script" for one that does not start.
var gaps = map[string]gap{
	"bans/eval of no string": {standard, "eval of what is no string gives it back (ECMA-262, section 19.2.1)"},
	"bans/Function empty":    {standard, "code from strings is banned even when it is empty"},

	"blob/text of BOM":           {standard, "UTF-8 decode drops a BOM"},
	"blob/endings":               {standard, "File API has endings"},
	"blob/surrogates":            {standard, "a USVString has no lone surrogates"},
	"body/text drops the BOM":    {standard, "UTF-8 decode drops a BOM"},
	"body/json with BOM":         {standard, "UTF-8 decode drops a BOM"},
	"body/formData round trip":   {standard, "names in multipart content are unescaped"},
	"body/methods without this":  {standard, "operations that return promises reject"},
	"console/throwing toString":  {lenient, "console never throws"},
	"encoding/utf-16":            {standard, "a lone surrogate decodes to U+FFFD"},
	"fetch/nobody listens":       {standard, "a network error is a TypeError"},
	"url/idna":                   {standard, "UTS 46 takes xn-- without more for invalid"},
	"url/createObjectURL":        {unbuilt, "object URLs; in workerd they throw"},
	"clone/others":               {unbuilt, "cloning of a Response"},
	"clone/headers":              {unbuilt, "cloning of Headers"},
	"formdata/blob becomes file": {standard, "the file of a Blob is called blob"},

	"formdata/string with filename":      {standard, "only a Blob can have a file name"},
	"formdata/constructor with argument": {standard, "the argument is an HTML form"},
	"fetch/redirect 303 turns to GET":    {standard, "fields that describe the content go with it"},

	"crypto/hmac usage unknown": {standard, "WebIDL: no member of an enum is a TypeError"},
	"crypto/unknown format":     {standard, "WebIDL: no member of an enum is a TypeError"},
	"crypto/pbkdf2":             {unbuilt, "PBKDF2"},
	"crypto/hkdf":               {unbuilt, "HKDF"},
	"crypto/ecdsa generate":     {unbuilt, "ECDSA"},
	"crypto/DigestStream":       {unbuilt, "crypto.DigestStream"},

	"es_collections/symbol as weak key":             {engine, "symbols as weak keys"},
	"es_collections/WeakRef":                        {engine, "WeakRef"},
	"es_collections/FinalizationRegistry":           {engine, "FinalizationRegistry"},
	"es_collections/iterator helpers":               {engine, "iterator helpers"},
	"es_collections/Iterator.from":                  {engine, "iterator helpers"},
	"es_collections/resizable buffers":              {engine, "resizable ArrayBuffer"},
	"es_collections/buffer transfer":                {engine, "ArrayBuffer.prototype.transfer"},
	"es_collections/Float16Array":                   {engine, "Float16Array"},
	"es_collections/Atomics":                        {engine, "Atomics"},
	"es_collections/sum precise":                    {engine, "Math.sumPrecise"},
	"es_functions/chained ternaries and precedence": {engine, "a boolean beside a number compares wrongly: true < 3 is false"},
	"es_objects/Date parse":                         {engine, "toISOString of years above 9999 lacks a digit"},
	"es_objects/Date parts":                         {engine, "toString names the time zone UTC, not Coordinated Universal Time"},
	"es_objects/Date locale":                        {engine, "Intl"},
	"es_objects/Date locale en-US":                  {engine, "Intl"},
	"es_objects/DisposableStack":                    {engine, "DisposableStack"},
	"es_objects/Intl":                               {engine, "Intl"},
	"es_objects/Intl DateTimeFormat":                {engine, "Intl"},
	"es_regexp/hasIndices":                          {engine, "regexp flag d"},
	"es_regexp/property escapes":                    {engine, "\\p{…} never matches"},
	"es_regexp/v flag":                              {engine, "regexp flag v"},
	"es_regexp/modifiers":                           {engine, "(?i:…)"},
	"es_regexp/annex b":                             {engine, "flag u is not strict, and \\c is an escape"},
	"es_regexp/source toString":                     {engine, "source escapes a slash as \\u002f"},
	"es_regexp/RegExp.escape":                       {engine, "RegExp.escape"},
	"es_regexp/legacy static":                       {engine, "RegExp.$1"},
	"es_strings/html":                               {engine, "String.prototype.anchor and its like"},
	"es_strings/toLocaleString":                     {engine, "Intl"},
	"es_strings/toLocaleString options":             {engine, "Intl"},
	"es_strings/BigInt toLocaleString":              {engine, "Intl"},

	"es_arrow_params":                  {engine, "a pattern with a default in a pattern with a default, in the second parameter of an arrow function, is a SyntaxError"},
	"es_async/prototypes":              {engine, "async generators are compiled to functions"},
	"es_native/methods of Map and Set": {engine, "Map.prototype.getOrInsert"},
	"es_native/methods of Math":        {engine, "Math.f16round and sumPrecise"},
	"es_native/methods of ArrayBuffer": {engine, "resizable ArrayBuffer"},
	"es_native/methods of RegExp":      {engine, "regexp flags d and v"},
	"es_native/methods of Date":        {engine, "getYear, setYear and toGMTString"},

	"bodies/a failing upload": {standard, "a body that breaks off fails the fetch"},
	"bodies/backpressure":     {standard, "a read pulls again below the high water mark"},

	"events/preventDefault":         {standard, "an event that cannot be cancelled is not"},
	"events/event fields":           {standard, "target and currentTarget begin as null"},
	"events/event while dispatched": {standard, "currentTarget is null after dispatch"},
	"events/CustomEvent":            {standard, "detail defaults to null"},
	"exception/options cause":       {standard, "DOMException takes { name, cause }"},
	"exception/own properties":      {standard, "attributes are the prototype's"},

	"globals/sendBeacon":                  {unbuilt, "navigator.sendBeacon"},
	"globals/parent of Request":           {standard, "Body is a mixin"},
	"globals/parent of Response":          {standard, "Body is a mixin"},
	"globals/parent of TextDecoderStream": {standard, "GenericTransformStream is a mixin"},
	"globals/parent of TextEncoderStream": {standard, "GenericTransformStream is a mixin"},
	"globals/has Cache":                   {unbuilt, "the cache"},
	"globals/has CacheStorage":            {unbuilt, "the cache"},
	"globals/has caches":                  {unbuilt, "the cache"},
	"globals/has CompressionStream":       {unbuilt, "compression"},
	"globals/has DecompressionStream":     {unbuilt, "compression"},
	"globals/has EventSource":             {unbuilt, "EventSource"},
	"globals/has HTMLRewriter":            {unbuilt, "HTMLRewriter"},
	"globals/has URLPattern":              {unbuilt, "URLPattern"},
	"globals/has WebSocket":               {unbuilt, "WebSocket"},
	"globals/has WebSocketPair":           {unbuilt, "WebSocket"},
	"globals/has MessageChannel":          {unbuilt, "MessageChannel"},
	"globals/has MessagePort":             {unbuilt, "MessageChannel"},
	"globals/has Cloudflare":              {unbuilt, "Cloudflare.compatibilityFlags"},
	"globals/has WebAssembly":             {unbuilt, "WebAssembly"},
	"globals/has Intl":                    {engine, "Intl"},
	"globals/has FinalizationRegistry":    {engine, "FinalizationRegistry"},
	"globals/has WeakRef":                 {engine, "WeakRef"},
	"globals/has SharedArrayBuffer":       {engine, "SharedArrayBuffer"},
	"globals/has Atomics":                 {engine, "Atomics"},
	"globals/has Iterator":                {engine, "iterator helpers"},
	"globals/has Float16Array":            {engine, "Float16Array"},
	"globals/has DisposableStack":         {engine, "DisposableStack"},
	"globals/has AsyncDisposableStack":    {engine, "AsyncDisposableStack"},
	"globals/has SuppressedError":         {engine, "SuppressedError"},

	"headers/from null":                  {lenient, "null counts as nothing"},
	"headers/empty name":                 {standard, "a name is a token"},
	"headers/name beyond ascii":          {standard, "a name is a ByteString"},
	"headers/iterator tag":               {standard, "WebIDL names iterators after their interface"},
	"headers/Symbol.iterator is entries": {standard, "WebIDL: one function"},
	"headers/Response.error headers":     {standard, "the guard is immutable"},
	"request/credentials in url":         {standard, "a URL with credentials throws"},
	"request/own method":                 {lenient, "any token is a method"},
	"request/own method lower case":      {lenient, "any token is a method"},
	"request/method TRACE":               {standard, "TRACE is forbidden"},
	"request/method null":                {lenient, "any token is a method"},
	"request/redirect modes":             {lenient, "redirect: error"},
	"request/cache default":              {lenient, "the attributes of the standard are there"},
	"request/mode credentials":           {lenient, "the attributes of the standard are there"},
	"request/fetcher":                    {unbuilt, "Request.fetcher, always null in workers"},
	"response/used after text":           {standard, "the stream is not locked once it is read"},
	"searchparams/tag of iterator":       {standard, "WebIDL names iterators after their interface"},

	"streams_read/order of calls":              {standard, "a read pulls again below the high water mark"},
	"streams_read/bad strategies":              {standard, "a bad highWaterMark is a RangeError"},
	"streams_read/source not object":           {standard, "null is no object"},
	"streams_read/start throws":                {standard, "what start throws, the constructor throws"},
	"streams_read/byte stream rejects strings": {standard, "a chunk of a byte stream is a view"},
	"streams_write/type":                       {standard, "a sink has no type"},
	"streams_write/pipeTo signal":              {standard, "a pipe ends at once by its signal"},
	"streams_write/FixedLengthStream short":    {standard, "closing too early rejects"},
	"streams_write/FixedLengthStream long":     {standard, "writing too much rejects"},
}
