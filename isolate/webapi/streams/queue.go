package streams

import (
	"math"

	"github.com/dop251/goja"

	"gannet/isolate/hook"
	"gannet/isolate/realm"
)

// fifo is a queue. Its memory is proportional to what waits in it: taken slots are reused
// once they are half of the array.
type fifo[T any] struct {
	items []T
	head  int
}

func (q *fifo[T]) len() int { return len(q.items) - q.head }

func (q *fifo[T]) push(v T) {
	if q.head > 0 && len(q.items) == cap(q.items) && q.head >= len(q.items)/2 {
		n := copy(q.items, q.items[q.head:])
		clear(q.items[n:])
		q.items, q.head = q.items[:n], 0
	}
	q.items = append(q.items, v)
}

func (q *fifo[T]) pop() T {
	var zero T
	v := q.items[q.head]
	q.items[q.head] = zero
	if q.head++; q.head == len(q.items) {
		q.items, q.head = q.items[:0], 0
	}
	return v
}

// drain empties the queue and returns what was in it.
func (q *fifo[T]) drain() []T {
	all := q.items[q.head:]
	q.items, q.head = nil, 0
	return all
}

type sized struct {
	value goja.Value
	size  float64
}

// sizedQueue is a queue-with-sizes (Streams, section 8.1).
type sizedQueue struct {
	fifo[sized]
	total float64
}

func (q *sizedQueue) dequeue() goja.Value {
	e := q.pop()
	if q.total -= e.size; q.total < 0 {
		q.total = 0 // by rounding
	}
	return e.value
}

// enqueue is EnqueueValueWithSize; it throws a RangeError for an impossible size.
func (q *sizedQueue) enqueue(r *realm.Realm, v goja.Value, size float64) {
	if !(size >= 0) || math.IsInf(size, 1) {
		r.ThrowRange("The size of a chunk must be a finite, non-negative number")
	}
	q.push(sized{v, size})
	q.total += size
}

func (q *sizedQueue) reset() { *q = sizedQueue{} }

// strategy is a queuing strategy after conversion: size is nil when every chunk counts 1.
type strategy struct {
	hwm  float64
	size goja.Value
}

// strategyArg converts a QueuingStrategy argument (Streams, section 7.1). defaulted is to be
// called before its high-water mark is used.
func strategyArg(r *realm.Realm, v goja.Value) (s strategy, given bool) {
	if h := r.Dict(v, "highWaterMark"); !goja.IsUndefined(h) {
		s.hwm, given = h.ToFloat(), true
	}
	s.size = callback(r, v, "size")
	return s, given
}

// defaulted is ExtractHighWaterMark (Streams, section 7.4).
func (s strategy) defaulted(r *realm.Realm, given bool, def float64) strategy {
	if !given {
		s.hwm = def
	} else if !(s.hwm >= 0) {
		r.ThrowRange("Invalid highWaterMark")
	}
	return s
}

// sizeOf runs the size algorithm; it throws what the script's throws.
func (s strategy) sizeOf(r *realm.Realm, chunk goja.Value) float64 {
	if s.size == nil {
		return 1
	}
	return r.Call(s.size, goja.Undefined(), chunk).ToFloat()
}

func isCallable(v goja.Value) bool { return hook.Callable(v) != nil }
