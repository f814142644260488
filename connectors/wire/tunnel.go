package wire

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
)

// Dial connects to an address, as net.Dialer does.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// Tunnel returns what Through is for protocols other than HTTP: it connects to one server, whatever the address, and asks it (by CONNECT)
// to be the one that was meant. Only some hosts are reached like this, if any are named; others are dialed.
func Tunnel(server *url.URL, hosts []string, others Dial) Dial {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		if len(hosts) > 0 && !slices.Contains(hosts, host) {
			return others(ctx, network, address)
		}
		conn, err := new(net.Dialer).DialContext(ctx, network, server.Host)
		if err != nil {
			return nil, err
		}
		// The answer is waited for no longer than the context lasts.
		stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
		defer stop()
		through, err := ask(conn, address)
		if err != nil {
			_ = conn.Close()
			return nil, fmt.Errorf("connect to %s through %s: %w", address, server.Host, err)
		}
		return through, nil
	}
}

func ask(conn net.Conn, address string) (net.Conn, error) {
	r := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: address}, Host: address, Header: http.Header{}}
	if err := r.Write(conn); err != nil {
		return nil, err
	}
	read := bufio.NewReader(conn)
	// Of a CONNECT that is granted there is no body: what follows is said by the one that was meant.
	res, err := http.ReadResponse(read, r) //nolint:bodyclose // see above
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d", res.StatusCode)
	}
	return tunnel{conn, read}, nil
}

// tunnel is a connection of which something may have been read already.
type tunnel struct {
	net.Conn
	read *bufio.Reader
}

// Read implements net.Conn.
func (t tunnel) Read(b []byte) (int, error) { return t.read.Read(b) }
