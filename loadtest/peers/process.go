package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// stopLimit is how long a server has between SIGTERM and SIGKILL.
const stopLimit = 5 * time.Second

// server is a started server.
type server struct {
	addr string // host:port
	proc *process
}

func (s *server) stop() { s.proc.stop() }

// process is one process we started, with its group.
type process struct {
	argv  []string
	cmd   *exec.Cmd
	log   string        // path of what it prints
	ended chan struct{} // closed once it was waited for
	err   error         // how it ended; valid when ended is closed
}

// start runs argv in a process group of its own, with its output in b.out. The kernel kills
// it when this program dies without having stopped it.
func (b *bench) start(name string, env []string, argv ...string) (*process, error) {
	path := filepath.Join(b.out, name+".log")
	log, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	defer log.Close() // the child has its own
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir = b.work
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{argv: argv, cmd: cmd, log: path, ended: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		close(p.ended)
	}()
	return p, nil
}

// stop asks the process to end, kills what is left of its group, and waits.
func (p *process) stop() {
	group := -p.cmd.Process.Pid
	select {
	case <-p.ended:
	default:
		_ = syscall.Kill(group, syscall.SIGTERM)
		deadline := time.NewTimer(stopLimit)
		defer deadline.Stop()
		select {
		case <-p.ended:
		case <-deadline.C:
		}
	}
	// The group's number stays taken while it has members, and we are done with it after
	// this; with no member left there is nobody to hit.
	_ = syscall.Kill(group, syscall.SIGKILL)
	<-p.ended
}

func (p *process) usage() (usage, error) {
	return treeUsage(os.DirFS("/proc"), p.cmd.Process.Pid, clockTicks())
}

// tail is the end of what the process printed, for error messages.
func (p *process) tail() string {
	b, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	const most = 2000
	if len(b) > most {
		b = b[len(b)-most:]
	}
	return string(b)
}

// freeAddr is a loopback address nobody listens on just now. Most servers cannot be asked
// for port 0 and then for the port they got.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("cannot pick a port: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}
