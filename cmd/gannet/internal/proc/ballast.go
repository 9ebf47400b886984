package proc

// ballastBytes is how much the heap is made to look larger, in bytes. Gannet's live heap is a
// few MiB where few workers run, and a collector that lets it double works all the time: a
// hello request cost 8.5 µs of CPU without ballast, 6.2 µs with 32 MiB, and no less with 64
// or 128 MiB, which only grew the resident set (65 MB, 95 MB, 162 MB).
const ballastBytes = 32 << 20

// Ballast returns bytes to keep alive for the life of the process: the floor under the heap
// size at which Go's collector starts. They are never written, so the kernel gives them no
// memory, and having no pointers they are never scanned.
func Ballast() []byte { return make([]byte, ballastBytes) }
