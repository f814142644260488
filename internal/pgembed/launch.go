package pgembed

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// settings are PostgreSQL parameters for one developer's machine. Nothing in them risks data: fsync, synchronous_commit and
// full_page_writes stay on.
var settings = map[string]string{
	"max_connections": "200",
	"shared_buffers":  "128MB",
	"max_wal_size":    "1GB",
	// A local disk reads at random about as fast as in order.
	"random_page_cost": "1.1",
	// Compiling costs more than it gains on statements of milliseconds.
	"jit": "off",
	// Containers often have a /dev/shm too small for parallel queries.
	"dynamic_shared_memory_type": "mmap",
	"timezone":                   "UTC",
	"log_timezone":               "UTC",
	"lc_messages":                "C",
	"log_checkpoints":            "off",
	"log_min_messages":           "warning",
	// Statements that break a constraint on purpose are not for the server's log.
	"log_min_error_statement": "panic",
}

// pollInterval is how often the files of a server that starts or stops are looked at.
const pollInterval = 10 * time.Millisecond

// launch starts the server until it is ready. It tries again what may go better: a free port that somebody else was quicker
// to take, and a backend of the last run that has not noticed yet that its postmaster is dead.
func (c *cluster) launch(ctx context.Context, o Options) (*process, int, error) {
	name, err := c.name()
	if err != nil {
		return nil, 0, err
	}
	for {
		port, err := c.choosePort(o.Port)
		if err != nil {
			return nil, 0, err
		}
		p, err := c.launcher.run(o.Log, c.arguments(name, port, o.Settings)...)
		if err != nil {
			return nil, 0, err
		}
		if err = c.awaitReady(ctx, p); err == nil {
			return p, port, nil
		}
		_ = p.stop(ctx)
		switch said := string(p.tail.bytes()); {
		case strings.Contains(said, "shared memory block"):
		case strings.Contains(said, "could not create any TCP/IP sockets") && o.Port == 0:
		case strings.Contains(said, "could not create any TCP/IP sockets"):
			return nil, 0, fmt.Errorf("%s: %w", net.JoinHostPort(host, strconv.Itoa(port)), ErrPortTaken)
		default:
			return nil, 0, err
		}
		if !pause(ctx) {
			return nil, 0, err
		}
	}
}

func (c *cluster) arguments(name string, port int, overrides map[string]string) []string {
	all := maps.Clone(settings)
	all["listen_addresses"] = host
	maps.Copy(all, overrides)
	all["cluster_name"] = name
	all["port"] = strconv.Itoa(port)
	// A socket's path may have no more than about 100 characters, which a folder of a test easily exceeds.
	all["unix_socket_directories"] = ""
	args := []string{"-D", c.data}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		args = append(args, "-c", name+"="+all[name])
	}
	return args
}

func (c *cluster) portFile() string { return filepath.Join(c.root, "port") }

// choosePort returns wanted if nobody listens there. For 0 it is the port of the last start, so that a developer's other
// programs find the database where it was, or else any free one.
func (c *cluster) choosePort(wanted int) (int, error) {
	if wanted != 0 {
		if _, err := freePort(wanted); err != nil {
			return 0, err
		}
		return wanted, nil
	}
	if text, err := os.ReadFile(c.portFile()); err == nil {
		if last, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && last > 0 {
			if port, err := freePort(last); err == nil {
				return port, nil
			}
		}
	}
	return freePort(0)
}

// freePort makes sure that a port is free; 0: finds one.
func freePort(port int) (int, error) {
	addr := net.JoinHostPort(host, strconv.Itoa(port))
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return 0, fmt.Errorf("%s: %w", addr, ErrPortTaken)
	}
	if err != nil {
		return 0, fmt.Errorf("find a port: %w", err)
	}
	port = listener.Addr().(*net.TCPAddr).Port
	return port, listener.Close()
}

// awaitReady returns when the server says in its pid file that it accepts connections.
func (c *cluster) awaitReady(ctx context.Context, p *process) error {
	for {
		if file := readPidFile(c.data); file.pid == p.pid && file.status == "ready" {
			return nil
		}
		select {
		case <-p.done:
			return p.ended()
		default:
		}
		if !pause(ctx) {
			return fmt.Errorf("wait for PostgreSQL to accept connections: %w%s", context.Cause(ctx), quote(p.tail.bytes()))
		}
	}
}

// pause waits a moment; it returns false when ctx has ended.
func pause(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(pollInterval):
		return true
	}
}

// createDatabase creates the database "seax" unless it exists.
func (s *Server) createDatabase(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.URLFor("postgres"))
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	var exists bool
	if err := conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", database).Scan(&exists); err != nil {
		return fmt.Errorf("look for database: %w", err)
	}
	if exists {
		return nil
	}
	if _, err := conn.Exec(ctx, "create database "+database); err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	return nil
}
