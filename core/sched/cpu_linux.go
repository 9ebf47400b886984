package sched

import (
	"syscall"
	"time"
	"unsafe"
)

// clockThreadCPU is CLOCK_THREAD_CPUTIME_ID (clock_gettime(2)).
const clockThreadCPU = 3

// osThread returns the kernel's id of the calling thread. It makes sense only while the
// goroutine is locked to it.
func osThread() int32 {
	tid, _, _ := syscall.RawSyscall(syscall.SYS_GETTID, 0, 0, 0)
	return int32(tid)
}

// ownCPU returns the CPU time of the calling thread.
func ownCPU() (time.Duration, bool) { return cpuClock(clockThreadCPU) }

// threadCPU returns the CPU time of another thread of the process. Linux makes the id of
// a thread's clock from the thread's: the complement of the id, shifted by three, with
// CPUCLOCK_PERTHREAD_MASK (4) and CPUCLOCK_SCHED (2) set, which is what
// pthread_getcpuclockid(3) computes.
func threadCPU(tid int32) (time.Duration, bool) { return cpuClock(^tid<<3 | 6) }

// cpuClock makes a raw call: it takes about 0.2 µs and never blocks, so the Go scheduler
// need not be told.
func cpuClock(id int32) (time.Duration, bool) {
	var ts syscall.Timespec
	_, _, errno := syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, uintptr(id), uintptr(unsafe.Pointer(&ts)), 0)
	if errno != 0 {
		return 0, false
	}
	return time.Duration(ts.Nano()), true
}
