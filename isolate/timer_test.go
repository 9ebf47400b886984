package isolate

import "testing"

// Timers that are due together run in the order they were started, whichever task the
// clock's goroutines post first, and each runs once.
func TestTimersRunInOrder(t *testing.T) {
	f := newFixture(t)
	w := f.worker(f.config(`export default { async fetch() {
		const log = [];
		for (let i = 0; i < 30; i++) setTimeout(() => { log.push(i); Promise.resolve().then(() => log.push('m' + i)) }, 40);
		const gone = setTimeout(() => log.push('cleared'), 40);
		setTimeout(() => log.push('early'), 1);
		setTimeout(() => clearTimeout(gone), 1);
		await new Promise((r) => setTimeout(r, 40));
		const want = ['early'];
		for (let i = 0; i < 30; i++) want.push(i, 'm' + i);
		return new Response(log.join() === want.join() ? 'in order' : log.join()) } }`))
	for range 5 {
		if _, got, err := f.get(w, "/"); err != nil || got != "in order" {
			t.Fatalf("%q, %v", got, err)
		}
	}
}
