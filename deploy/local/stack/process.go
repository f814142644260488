package stack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is one program that was started here. Only such are ever signalled.
type process struct {
	name string
	cmd  *exec.Cmd
	log  *logFile
	// done is closed when it has ended; err is set before.
	done chan struct{}
	err  error
}

// start runs a program with exactly this environment.
func start(name string, log *logFile, env []string, program string, args ...string) (*process, error) {
	p := &process{name: name, cmd: exec.Command(program, args...), log: log, done: make(chan struct{})} //nolint:noctx // stop and kill end it
	p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = env, log, log
	// Not waiting for what a grandchild holds open.
	p.cmd.WaitDelay = time.Second
	tie(p.cmd)
	started := make(chan error)
	go func() {
		// The kernel ends the program with the thread that started it, so that one lives as long as the program.
		runtime.LockOSThread()
		err := p.cmd.Start()
		started <- err
		if err == nil {
			p.err = p.cmd.Wait()
			close(p.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	return p, nil
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// ended reports whether the process has, and how.
func (p *process) ended() (bool, error) {
	select {
	case <-p.done:
		return true, p.err
	default:
		return false, nil
	}
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// stopTimeout is how long a clean stop may take.
const stopTimeout = 15 * time.Second

// ErrHung says that a process did not stop in time.
var ErrHung = errors.New("it did not stop within " + stopTimeout.String())

// stop asks the process to end and returns how long that took. One that does not is made to write where it hangs into its
// log, and killed.
func (p *process) stop() (time.Duration, error) {
	begun := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return 0, fmt.Errorf("stop %s: %w", p.name, err)
	}
	select {
	case <-p.done:
		took := time.Since(begun)
		if p.err != nil {
			return took, fmt.Errorf("stop %s: %w", p.name, p.err)
		}
		return took, nil
	case <-time.After(stopTimeout):
	}
	_ = p.cmd.Process.Signal(syscall.SIGQUIT)
	select {
	case <-p.done:
	case <-time.After(5 * time.Second):
		p.kill()
	}
	return time.Since(begun), fmt.Errorf("stop %s: %w", p.name, ErrHung)
}

// await returns the first match of a pattern in what the process has logged since it was started.
func (p *process) await(ctx context.Context, pattern *regexp.Regexp) ([]string, error) {
	for {
		written := p.log.written()
		if found := pattern.FindStringSubmatch(p.log.sinceMark()); found != nil {
			return found, nil
		}
		select {
		case <-written:
		case <-p.done:
			return nil, fmt.Errorf("%s has ended: %w\n%s", p.name, orUnknown(p.err), p.log.tail())
		case <-ctx.Done():
			return nil, fmt.Errorf("%s does not say %q: %w\n%s", p.name, pattern, context.Cause(ctx), p.log.tail())
		}
	}
}

func orUnknown(err error) error {
	if err == nil {
		return errors.New("without an error")
	}
	return err
}

// logFile keeps what a part's processes write, over all restarts, in a file and in memory.
type logFile struct {
	file io.Writer

	mu   sync.Mutex
	text strings.Builder
	mark int
	news chan struct{}
}

// Write implements io.Writer.
func (l *logFile) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Write(b)
	if l.news != nil {
		close(l.news)
		l.news = nil
	}
	return l.file.Write(b)
}

func (l *logFile) written() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.news == nil {
		l.news = make(chan struct{})
	}
	return l.news
}

// begin marks where the next process's output begins.
func (l *logFile) begin() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mark = l.text.Len()
}

func (l *logFile) sinceMark() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()[l.mark:]
}

func (l *logFile) all() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// tail is the end of the log, for errors.
func (l *logFile) tail() string {
	const most = 3000
	text := l.all()
	if len(text) > most {
		text = "…" + text[len(text)-most:]
	}
	return text
}
