package streams

import (
	"bytes"

	"github.com/dop251/goja"

	"gannet/isolate/realm"
)

// readerKind says what waits for a pull-into descriptor.
type readerKind uint8

const (
	noReader readerKind = iota
	defaultReader
	byobReaderKind
)

// pullInto is a pull-into descriptor (Streams, section 4.7.2). mem is the whole buffer; no
// script can reach it but by the view of a BYOB request.
type pullInto struct {
	mem             []byte
	offset, length  int
	filled, minimum int // bytes
	elemSize        int
	ctor            string // name of the view's constructor
	reader          readerKind
}

// span is a chunk in the queue: n bytes of mem from offset on. All of mem belongs to it.
type span struct {
	mem       []byte
	offset, n int
}

func spanOf(b []byte) span { return span{b, 0, len(b)} }

// view is the span as a Uint8Array, whose buffer is mem.
func (s span) view(r *realm.Realm) goja.Value {
	if s.offset == 0 && s.n == len(s.mem) {
		return r.NewBytes(s.mem)
	}
	return newView(r, "Uint8Array", r.NewBuffer(s.mem), s.offset, s.n)
}

// byteController is the Go value behind a ReadableByteStreamController (Streams, section
// 4.7).
type byteController struct {
	r       *realm.Realm
	stream  *ReadableStream
	hwm     float64
	auto    int // autoAllocateChunkSize in bytes, 0 for none
	queue   fifo[span]
	total   int // bytes in queue
	pending []*pullInto
	request *byobRequest // nil for none

	started, closeRequested    bool
	pulling, pullAgain, inPull bool

	pull   func() goja.Value
	cancel func(reason goja.Value) goja.Value
	// front and src are set where a native body became a byte stream with BYOB readers.
	front *Controller
	src   Source
}

func (c *byteController) start(result goja.Value) {
	upon(c.r, resolvedWith(c.r, result), func(goja.Value) {
		c.started = true
		c.callPullIfNeeded()
	}, func(e goja.Value) { c.error(e) })
}

// callPullIfNeeded is ReadableByteStreamControllerCallPullIfNeeded.
func (c *byteController) callPullIfNeeded() {
	if !c.shouldPull() {
		return
	}
	if c.pulling || c.inPull {
		c.pullAgain = true
		return
	}
	if c.src != nil {
		c.inPull = true
		for again := true; again; again = !c.pulling && c.pullAgain && c.shouldPull() {
			c.pulling, c.pullAgain = true, false
			c.src.Pull(c.front)
		}
		c.inPull = false
		return
	}
	if c.pull == nil {
		return
	}
	c.pulling = true
	upon(c.r, c.pull(), func(goja.Value) {
		c.pulling = false
		if c.pullAgain {
			c.pullAgain = false
			c.callPullIfNeeded()
		}
	}, func(e goja.Value) { c.error(e) })
}

// shouldPull is ReadableByteStreamControllerShouldCallPull.
func (c *byteController) shouldPull() bool {
	if c.stream.state != readable || c.closeRequested || !c.started {
		return false
	}
	return c.waiting() > 0 || c.desiredSize() > 0
}

// waiting is the number of reads that wait.
func (c *byteController) waiting() int {
	switch rd := c.stream.reader; {
	case rd == nil:
		return 0
	case rd.byob != nil:
		return rd.byob.into.len()
	default:
		return rd.requests.len()
	}
}

func (c *byteController) desiredSize() float64 { return c.hwm - float64(c.total) }

func (c *byteController) clearAlgorithms() { c.pull, c.cancel, c.src = nil, nil, nil }

func (c *byteController) reset() {
	c.queue, c.total = fifo[span]{}, 0
}

// canCloseOrEnqueue is what close and enqueue of the controller check first.
func (c *byteController) canCloseOrEnqueue() bool {
	return !c.closeRequested && c.stream.state == readable
}

// close is ReadableByteStreamControllerClose; it throws for a view filled in part.
func (c *byteController) close() {
	if !c.canCloseOrEnqueue() {
		return
	}
	if c.total > 0 {
		c.closeRequested = true
		return
	}
	if len(c.pending) > 0 && c.pending[0].filled%c.pending[0].elemSize != 0 {
		e := c.r.NewError("TypeError", "The byte stream was closed in the middle of an element of a view.")
		c.error(e)
		panic(e)
	}
	c.clearAlgorithms()
	c.stream.close()
}

// error is ReadableByteStreamControllerError.
func (c *byteController) error(e goja.Value) {
	if c.stream.state != readable {
		return
	}
	c.clearPending()
	c.reset()
	c.clearAlgorithms()
	c.stream.error(e)
}

func (c *byteController) clearPending() {
	c.invalidate()
	c.pending = nil
}

// enqueue is ReadableByteStreamControllerEnqueue of bytes that are c's to keep.
func (c *byteController) enqueue(b span) {
	if !c.canCloseOrEnqueue() {
		return
	}
	if len(c.pending) > 0 {
		c.reclaim()
		if c.pending[0].reader == noReader {
			c.queueDetached(c.pending[0])
		}
	}
	switch rd := c.stream.reader; {
	case rd == nil:
		c.enqueueChunk(b)
	case rd.byob != nil:
		c.enqueueChunk(b)
		c.commitAll(c.fillPending())
	default:
		for rd.requests.len() > 0 && c.total > 0 {
			c.giveFromQueue(rd.requests.pop())
		}
		if rd.requests.len() == 0 {
			c.enqueueChunk(b)
			break
		}
		if len(c.pending) > 0 {
			c.shift()
		}
		rd.requests.pop().chunk(b.view(c.r))
	}
	c.callPullIfNeeded()
}

func (c *byteController) enqueueChunk(b span) {
	c.queue.push(b)
	c.total += b.n
}

// queueDetached is ReadableByteStreamControllerEnqueueDetachedPullIntoToQueue.
func (c *byteController) queueDetached(d *pullInto) {
	if d.filled > 0 {
		c.enqueueChunk(spanOf(bytes.Clone(d.mem[d.offset : d.offset+d.filled])))
	}
	c.shift()
}

func (c *byteController) shift() *pullInto {
	d := c.pending[0]
	c.pending = c.pending[1:]
	return d
}

// fillFromQueue is ReadableByteStreamControllerFillPullIntoDescriptorFromQueue.
func (c *byteController) fillFromQueue(d *pullInto) (ready bool) {
	n := min(c.total, d.length-d.filled)
	if aligned := d.filled + n - (d.filled+n)%d.elemSize; aligned >= d.minimum {
		n, ready = aligned-d.filled, true
	}
	for n > 0 {
		head := &c.queue.items[c.queue.head]
		m := copy(d.mem[d.offset+d.filled:d.offset+d.filled+n], head.mem[head.offset:head.offset+head.n])
		if head.offset, head.n = head.offset+m, head.n-m; head.n == 0 {
			c.queue.pop()
		}
		c.total -= m
		d.filled += m
		n -= m
	}
	return ready
}

// fillPending is ReadableByteStreamControllerProcessPullIntoDescriptorsUsingQueue.
func (c *byteController) fillPending() (filled []*pullInto) {
	for len(c.pending) > 0 && c.total > 0 && c.fillFromQueue(c.pending[0]) {
		filled = append(filled, c.shift())
	}
	return filled
}

func (c *byteController) commitAll(ds []*pullInto) {
	for _, d := range ds {
		c.commit(d)
	}
}

// commit is ReadableByteStreamControllerCommitPullIntoDescriptor.
func (c *byteController) commit(d *pullInto) {
	rd := c.stream.reader
	if d.reader == defaultReader {
		req := rd.requests.pop()
		if c.stream.state == closed {
			req.close()
			return
		}
		req.chunk(d.view(c.r))
		return
	}
	rd.byob.into.pop().give(d.view(c.r), c.stream.state == closed)
}

// giveFromQueue is ReadableByteStreamControllerFillReadRequestFromQueue.
func (c *byteController) giveFromQueue(req readRequest) {
	b := c.queue.pop()
	c.total -= b.n
	c.handleDrain()
	req.chunk(b.view(c.r))
}

// handleDrain is ReadableByteStreamControllerHandleQueueDrain.
func (c *byteController) handleDrain() {
	if c.total == 0 && c.closeRequested {
		c.clearAlgorithms()
		c.stream.close()
		return
	}
	c.callPullIfNeeded()
}

// pullSteps is [[PullSteps]].
func (c *byteController) pullSteps(req readRequest) {
	if c.total > 0 {
		c.giveFromQueue(req)
		return
	}
	if c.auto > 0 {
		c.pending = append(c.pending, &pullInto{mem: make([]byte, c.auto), length: c.auto, minimum: 1, elemSize: 1, ctor: "Uint8Array", reader: defaultReader})
	}
	c.stream.reader.requests.push(req)
	c.callPullIfNeeded()
}

// cancelSteps is [[CancelSteps]].
func (c *byteController) cancelSteps(reason goja.Value) goja.Value {
	c.clearPending()
	c.reset()
	src, cancel := c.src, c.cancel
	c.clearAlgorithms()
	switch {
	case src != nil:
		src.Cancel(reason)
	case cancel != nil:
		return cancel(reason)
	}
	return nil
}

// releaseSteps is [[ReleaseSteps]].
func (c *byteController) releaseSteps() {
	if len(c.pending) > 0 {
		c.pending = c.pending[:1]
		c.pending[0].reader = noReader
	}
}

// pullInto is ReadableByteStreamControllerPullInto.
func (c *byteController) pullInto(d *pullInto, req *readInto) {
	rd := c.stream.reader.byob
	switch {
	case len(c.pending) > 0:
	case c.stream.state == closed:
		req.give(d.view(c.r), true)
		return
	case c.total > 0:
		if c.fillFromQueue(d) {
			v := d.view(c.r)
			c.handleDrain()
			req.give(v, false)
			return
		}
		if c.closeRequested {
			e := c.r.NewError("TypeError", "The byte stream ends in the middle of an element of a view.")
			c.error(e)
			req.fail(e)
			return
		}
	}
	first := len(c.pending) == 0
	c.pending = append(c.pending, d)
	rd.into.push(req)
	if first {
		c.callPullIfNeeded()
	}
}

// respond is ReadableByteStreamControllerRespondInternal: n more bytes lie in the first
// pending view.
func (c *byteController) respond(n int) {
	c.invalidate()
	d := c.pending[0]
	if c.stream.state == closed {
		c.respondClosed(d)
	} else {
		c.respondReadable(n, d)
	}
	c.callPullIfNeeded()
}

func (c *byteController) respondClosed(d *pullInto) {
	if d.reader == noReader {
		c.shift()
	}
	if rd := c.stream.reader; rd != nil && rd.byob != nil {
		for rd.byob.into.len() > 0 && len(c.pending) > 0 {
			c.commit(c.shift())
		}
	}
}

func (c *byteController) respondReadable(n int, d *pullInto) {
	d.filled += n
	if d.reader == noReader {
		c.queueDetached(d)
		c.commitAll(c.fillPending())
		return
	}
	if d.filled < d.minimum {
		return
	}
	c.shift()
	if rest := d.filled % d.elemSize; rest > 0 {
		end := d.offset + d.filled
		c.enqueueChunk(spanOf(bytes.Clone(d.mem[end-rest : end])))
		d.filled -= rest
	}
	filled := c.fillPending()
	c.commit(d)
	c.commitAll(filled)
}

// finish is close for a native source, which has nothing to respond to: views that wait are
// given back empty, or as full as they are.
func (c *byteController) finish() {
	if thrown := c.r.Try(c.close); thrown != nil {
		return // an element was cut in two: the readers got that error
	}
	if c.stream.state == closed && len(c.pending) > 0 {
		c.respond(0)
	}
}
