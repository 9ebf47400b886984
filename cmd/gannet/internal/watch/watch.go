package watch

import (
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
)

// maxTrees bounds the directories watched below those given to Set as trees. The kernel's
// own limit (fs.inotify.max_user_watches) is shared by all programs of a user.
const maxTrees = 4096

// Watcher watches a set of files and of directory trees.
type Watcher struct {
	fs      *fsnotify.Watcher
	delay   time.Duration
	changes chan []string
	quit    chan struct{}
	done    chan struct{}
	once    sync.Once

	mu struct {
		sync.Mutex
		files map[string]bool
		trees []string
		dirs  map[string]bool // watched by fs
		// sums are the contents at the last change that was reported. Files not in it have
		// not been reported yet: their first event always counts.
		sums map[string][sha256.Size]byte
	}
}

// New returns a watcher of nothing. A change is reported once no event has come for delay.
func New(delay time.Duration) (*Watcher, error) {
	f, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	w := &Watcher{fs: f, delay: delay, changes: make(chan []string), quit: make(chan struct{}), done: make(chan struct{})}
	w.mu.dirs = make(map[string]bool)
	w.mu.sums = make(map[string][sha256.Size]byte)
	go w.run()
	return w, nil
}

// Changes gives the paths that changed, sorted. While nobody receives, further changes are
// gathered. It is closed by Close.
func (w *Watcher) Changes() <-chan []string { return w.changes }

// Close ends the watcher.
func (w *Watcher) Close() error {
	w.once.Do(func() { close(w.quit) })
	<-w.done
	return w.fs.Close()
}

// Set replaces what is watched: files, which need not exist, and trees, directories with
// all that is below them but node_modules and directories whose names begin with a dot.
// Paths are absolute. The error tells of directories that cannot be watched; the rest are.
func (w *Watcher) Set(files, trees []string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mu.files = make(map[string]bool, len(files))
	want := make(map[string]bool)
	for _, f := range files {
		f = filepath.Clean(f)
		w.mu.files[f] = true
		want[existing(filepath.Dir(f))] = true
	}
	w.mu.trees = w.mu.trees[:0]
	for _, t := range trees {
		t = filepath.Clean(t)
		w.mu.trees = append(w.mu.trees, t)
		want[existing(filepath.Dir(t))] = true
		below(t, want)
	}
	var errs []error
	for dir := range want {
		if err := w.addLocked(dir); err != nil {
			errs = append(errs, err)
		}
	}
	for _, dir := range slices.Collect(maps.Keys(w.mu.dirs)) {
		if !want[dir] {
			delete(w.mu.dirs, dir)
			_ = w.fs.Remove(dir) // gone already, or not: nobody listens any more
		}
	}
	return errors.Join(errs...)
}

func (w *Watcher) addLocked(dir string) error {
	if w.mu.dirs[dir] {
		return nil
	}
	if err := w.fs.Add(dir); err != nil {
		return err
	}
	w.mu.dirs[dir] = true
	return nil
}

// existing is dir, or the nearest directory above it that exists.
func existing(dir string) string {
	for {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			return dir
		}
		dir = up
	}
}

// below adds root and the directories below it to dirs.
func below(root string, dirs map[string]bool) {
	n := 0
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return nil // unreadable: nothing to watch there
		}
		if path != root && skipped(d.Name()) {
			return filepath.SkipDir
		}
		if n++; n > maxTrees {
			return filepath.SkipAll
		}
		dirs[path] = true
		return nil
	})
}

func skipped(name string) bool { return name == "node_modules" || strings.HasPrefix(name, ".") }

// run gathers events and reports them.
func (w *Watcher) run() {
	defer close(w.done)
	defer close(w.changes)
	touched := make(map[string]bool) // events since the last quiet time
	var changed []string             // what is to be reported
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	defer timer.Stop()
	for {
		var report chan []string
		if len(changed) > 0 {
			report = w.changes
		}
		select {
		case <-w.quit:
			return
		case ev, ok := <-w.fs.Events:
			if !ok {
				return
			}
			if w.relevant(ev) {
				touched[ev.Name] = true
				timer.Reset(w.delay)
			}
		case _, ok := <-w.fs.Errors:
			if !ok {
				return
			}
			// Events were lost: look at everything.
			w.mu.Lock()
			maps.Copy(touched, w.mu.files)
			w.mu.Unlock()
			timer.Reset(w.delay)
		case <-timer.C:
			changed = w.really(touched, changed)
			clear(touched)
		case report <- changed:
			changed = nil
		}
	}
}

// relevant reports whether an event concerns a file of the set, and follows directories that
// appear on the way to one.
func (w *Watcher) relevant(ev fsnotify.Event) bool {
	if ev.Op == fsnotify.Chmod {
		return false // says nothing of the content, and indexers cause it all the time
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if ev.Has(fsnotify.Remove) || ev.Has(fsnotify.Rename) {
		delete(w.mu.dirs, ev.Name) // a directory that is gone is watched no more
	}
	inTree := false
	for _, t := range w.mu.trees {
		if rel, err := filepath.Rel(t, ev.Name); err == nil && inside(rel) {
			inTree = true
			break
		}
	}
	if ev.Has(fsnotify.Create) {
		if info, err := os.Stat(ev.Name); err == nil && info.IsDir() {
			return w.newDirLocked(ev.Name, inTree)
		}
	}
	return inTree || w.mu.files[ev.Name]
}

// inside reports whether a path relative to a tree belongs to it.
func inside(rel string) bool {
	if rel == "." {
		return true
	}
	for part := range strings.SplitSeq(rel, string(filepath.Separator)) {
		if part == ".." || skipped(part) {
			return false
		}
	}
	return true
}

// newDirLocked watches a directory that has appeared, when something of the set is or will be
// in it. Files that came with it have no events of their own: it reports whether there
// may be some.
func (w *Watcher) newDirLocked(dir string, inTree bool) bool {
	wanted := false
	if inTree {
		dirs := make(map[string]bool)
		below(dir, dirs)
		for d := range dirs {
			_ = w.addLocked(d) // one that is gone again has nothing to tell
		}
		wanted = true
	}
	for f := range w.mu.files {
		rel, err := filepath.Rel(dir, f)
		if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
			continue
		}
		wanted = true
		for d := filepath.Dir(f); ; d = filepath.Dir(d) {
			if info, err := os.Stat(d); err == nil && info.IsDir() {
				_ = w.addLocked(d)
			}
			if d == dir || d == filepath.Dir(d) {
				break
			}
		}
	}
	return wanted
}

// really adds to changed the touched files whose content is another than when they were
// last reported.
func (w *Watcher) really(touched map[string]bool, changed []string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	for path := range touched {
		sum := contentOf(path)
		if old, known := w.mu.sums[path]; known && old == sum {
			continue
		}
		w.mu.sums[path] = sum
		changed = append(changed, path)
	}
	slices.Sort(changed)
	return slices.Compact(changed)
}

// contentOf is a digest of a file; zero for one that cannot be read, and of a directory the
// names in it.
func contentOf(path string) (sum [sha256.Size]byte) {
	h := sha256.New()
	if entries, err := os.ReadDir(path); err == nil {
		for _, e := range entries {
			_, _ = io.WriteString(h, e.Name()+"\x00")
		}
		return [sha256.Size]byte(h.Sum(nil))
	}
	f, err := os.Open(path)
	if err != nil {
		return sum
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return sum
	}
	if _, err := io.Copy(h, f); err != nil {
		return sum
	}
	return [sha256.Size]byte(h.Sum(nil))
}
