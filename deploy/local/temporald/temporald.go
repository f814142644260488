// Package temporald runs a Temporal server with its web UI inside this process, on one SQLite file, so that a developer's
// machine needs no Temporal installed. It is the real server with one history shard: right for a demo, for development and
// for end-to-end tests, not for production.
//
// What the server acknowledged survives the process being killed. After a power cut the last moments may be missing, but
// the file is consistent.
package temporald

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/server/temporal"
)

// retention is how long closed workflows stay visible in a namespace that Start creates.
const retention = 30 * 24 * time.Hour

// startTimeout bounds the wait for a server that has been started to answer.
const startTimeout = 30 * time.Second

// Options says where the server listens and keeps its state. DBFile is required.
type Options struct {
	// Addr is the host:port of the frontend, with an IP address as host. Port 0 picks a free one. "": 127.0.0.1:0.
	Addr string
	// UIAddr is the host:port of the web UI. Port 0 picks a free one. "": no UI.
	UIAddr string
	// DBFile is the SQLite file. It is created when missing; its folder has to exist. One server at a time may use it.
	DBFile string
	// Namespace is created when missing. "": "default".
	Namespace string
	// SearchAttributes are added to the namespace if it lacks them; none is removed.
	SearchAttributes map[string]enumspb.IndexedValueType
	// Log receives the server's log; nil: slog's default handler. LogLevel is the least level passed on; nil: warnings.
	Log      slog.Handler
	LogLevel slog.Leveler
	// UICodecEndpoint is the URL that the UI's pages ask to decode payloads. "": none.
	UICodecEndpoint string
}

// Server is a running Temporal server.
type Server struct {
	server temporal.Server
	ui     *ui // nil: none
	log    *logger
	addr   string
}

// PortTakenError says that another program listens on an address from the Options.
type PortTakenError struct{ Addr string }

func (e PortTakenError) Error() string { return "another program listens on " + e.Addr }

// Start starts the server and returns when it answers for the namespace and all search attributes can be used. ctx bounds
// starting only.
//
// Errors: PortTakenError, and a sentence about what is wrong with DBFile.
func Start(ctx context.Context, o Options) (*Server, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := prepareDatabase(ctx, o); err != nil {
		return nil, fmt.Errorf("prepare Temporal's database %s: %w", o.DBFile, err)
	}
	logger := newLogger(o.Log, o.LogLevel)
	server, err := newServer(o, logger)
	if err != nil {
		return nil, fmt.Errorf("configure Temporal: %w", err)
	}
	s := &Server{server: server, log: logger, addr: o.Addr}
	if err := server.Start(); err != nil {
		logger.gate.failed()
		s.Stop()
		return nil, fmt.Errorf("start Temporal: %w", err)
	}
	if err := s.makeReady(ctx, o); err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			logger.gate.failed()
		}
		s.Stop()
		return nil, fmt.Errorf("start Temporal: %w", err)
	}
	logger.gate.started()
	if o.UIAddr != "" {
		s.ui = startUI(o)
	}
	return s, nil
}

func (o Options) withDefaults() (Options, error) {
	if o.DBFile == "" {
		return o, errors.New("temporald: DBFile is required")
	}
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if o.Namespace == "" {
		o.Namespace = "default"
	}
	if o.LogLevel == nil {
		o.LogLevel = slog.LevelWarn
	}
	if o.Log == nil {
		o.Log = slog.Default().Handler()
	}
	for _, addr := range []*string{&o.Addr, &o.UIAddr} {
		if *addr == "" {
			continue
		}
		// The libraries end the whole process when they cannot listen, so this is found out before.
		free, err := freeAddr(*addr)
		if err != nil {
			return o, err
		}
		*addr = free
	}
	return o, nil
}

// makeReady waits until the server answers for its namespace, and adds missing search attributes.
func (s *Server) makeReady(ctx context.Context, o Options) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	c, err := client.DialContext(ctx, client.Options{HostPort: s.addr, Namespace: o.Namespace, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("reach Temporal: %w", err)
	}
	defer c.Close()
	describe := &workflowservice.DescribeNamespaceRequest{Namespace: o.Namespace}
	if _, err := c.WorkflowService().DescribeNamespace(ctx, describe); err != nil {
		return fmt.Errorf("look at Temporal namespace %s: %w", o.Namespace, err)
	}
	return addSearchAttributes(ctx, c, o.Namespace, o.SearchAttributes)
}

// Addr returns the frontend's host:port, for client.Options.HostPort.
func (s *Server) Addr() string { return s.addr }

// UIURL returns the address of the web UI; "" if there is none.
func (s *Server) UIURL() string {
	if s.ui == nil {
		return ""
	}
	return "http://" + s.ui.addr
}

// Stop stops the server and its UI. Workflows go on when a server starts on the same file again.
func (s *Server) Stop() {
	s.log.gate.stopping()
	if s.ui != nil {
		s.ui.stop()
	}
	_ = s.server.Stop()
}

// freeAddr makes sure that nobody listens on an address; port 0 becomes a free one.
func freeAddr(addr string) (string, error) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", addr)
	if isTaken(err) {
		return "", PortTakenError{Addr: addr}
	}
	if err != nil {
		return "", fmt.Errorf("listen on %s: %w", addr, err)
	}
	return listener.Addr().String(), listener.Close()
}
