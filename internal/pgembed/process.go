package pgembed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	// fastShutdown is how long a shutdown with a last checkpoint may take, immediateShutdown one without.
	fastShutdown      = 10 * time.Second
	immediateShutdown = 5 * time.Second
)

// process is a postmaster that this program started.
type process struct {
	pid  int
	cmd  *exec.Cmd
	tail *tail
	// done is closed when the process has ended; err is set before. logged is closed when its log has.
	done     chan struct{}
	logged   chan struct{}
	err      error
	stopping atomic.Bool
}

// run starts the postmaster. Its log goes to log.
func (l launcher) run(log io.Writer, args ...string) (*process, error) {
	tail := &tail{next: log}
	logRead, logWrite, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make pipe for PostgreSQL's log: %w", err)
	}
	// Fast shutdown is what SIGINT means to a postmaster.
	p := &process{tail: tail, done: make(chan struct{}), logged: make(chan struct{}), cmd: l.command(context.Background(), syscall.SIGINT, "postgres", args...)}
	// With a file as stderr, cmd.Wait does not wait for the end of the log, which an orphaned backend could hold open.
	p.cmd.Stdout, p.cmd.Stderr = logWrite, logWrite

	ended, err := l.start(p.cmd)
	_ = logWrite.Close()
	if err != nil {
		_ = logRead.Close()
		return nil, err
	}
	go func() {
		p.err = <-ended
		close(p.done)
	}()
	p.pid = p.cmd.Process.Pid
	go func() {
		_, _ = io.Copy(tail, logRead)
		_ = logRead.Close()
		close(p.logged)
	}()
	return p, nil
}

// stop shuts the server down, gently first, and returns when it has ended.
func (p *process) stop(ctx context.Context) error {
	p.stopping.Store(true)
	ctx, cancel := context.WithTimeout(ctx, fastShutdown)
	defer cancel()
	if p.signal(syscall.SIGINT) {
		select {
		case <-p.done:
		case <-ctx.Done():
		}
	}
	if p.signal(syscall.SIGQUIT) {
		select {
		case <-p.done:
		case <-time.After(immediateShutdown):
		}
	}
	if p.signal(syscall.SIGKILL) {
		<-p.done
		return errors.New("it did not stop and was killed")
	}
	return nil
}

// signal returns false when there is nobody left to signal.
func (p *process) signal(s syscall.Signal) bool {
	select {
	case <-p.done:
		return false
	default:
		return p.cmd.Process.Signal(s) == nil
	}
}

// ended says why the process ended; nil when it was asked to.
func (p *process) ended() error {
	if p.stopping.Load() {
		return nil
	}
	// The last words may still be in the pipe; backends that survived hold it open.
	select {
	case <-p.logged:
	case <-time.After(time.Second):
	}
	err := p.err
	if err == nil {
		err = errors.New("exit status 0")
	}
	return fmt.Errorf("PostgreSQL ended: %w%s", err, quote(p.tail.bytes()))
}
