// Package fetch gets files from addresses that providers and customers name. It goes where it may: to hosts the connector knows,
// over HTTPS, on the public internet, at every redirect anew.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"seax/connectors"
	"seax/connectors/wire"
	"seax/internal/egress"
)

// redirects is how often one file may be moved.
const redirects = 5

// Fetcher implements connectors.Fetcher. Safe for concurrent use.
type Fetcher struct{ client *http.Client }

// New returns a fetcher on a transport, which decides which networks can be reached (see package egress).
func New(transport http.RoundTripper) *Fetcher {
	// A file may take longer than the calls wire.NewClient is for; the context bounds it.
	client := wire.NewClient(transport)
	client.Timeout = 0
	return &Fetcher{client: client}
}

// Fetch implements connectors.Fetcher.
func (f *Fetcher) Fetch(ctx context.Context, address string, header http.Header, hosts ...string) (connectors.Media, error) {
	at, err := url.Parse(address)
	if err != nil {
		return connectors.Media{}, refused("The file has no address that can be read.", err)
	}
	first := at.Host
	for range redirects + 1 {
		if err := allowed(at, hosts); err != nil {
			return connectors.Media{}, err
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
		if err != nil {
			return connectors.Media{}, refused("The file has no address that can be read.", err)
		}
		if at.Host == first && header != nil {
			r.Header = header.Clone()
		}
		res, err := f.client.Do(r)
		if err != nil {
			return connectors.Media{}, unreached(err)
		}
		if res.StatusCode == http.StatusOK {
			return connectors.Media{Body: res.Body, Name: name(res, at), MediaType: mediaType(res)}, nil
		}
		_ = res.Body.Close()
		location := res.Header.Get("Location")
		if res.StatusCode < 300 || res.StatusCode > 399 || location == "" {
			return connectors.Media{}, refusal(res)
		}
		if at, err = at.Parse(location); err != nil {
			return connectors.Media{}, refused("The file was moved to an address that cannot be read.", err)
		}
	}
	return connectors.Media{}, refused("The file was moved too often.", errors.New("too many redirects"))
}

func allowed(at *url.URL, hosts []string) error {
	if at.Scheme != "https" || at.Hostname() == "" || at.User != nil {
		return refused("The file is not at a secure address.", fmt.Errorf("scheme %q", at.Scheme))
	}
	host := strings.ToLower(at.Hostname())
	for _, allowed := range hosts {
		if allowed == "*" || host == allowed || strings.HasPrefix(allowed, ".") && strings.HasSuffix(host, allowed) {
			return nil
		}
	}
	return refused("The file is at an address that is not the provider's.", fmt.Errorf("host %q is not among %v", host, hosts))
}

func refused(words string, cause error) *connectors.SendError {
	return &connectors.SendError{Code: connectors.CodeRejected, Words: words, Cause: cause}
}

func unreached(err error) *connectors.SendError {
	var in *url.Error
	if errors.As(err, &in) {
		// Without the address, which may hold a token.
		err = in.Err
	}
	if errors.Is(err, egress.ErrPrivate) {
		return refused("The file is at an address that is not public.", err)
	}
	return &connectors.SendError{Code: connectors.CodeConnection, Words: "The file could not be fetched.", Cause: err}
}

// refusal says what an answer that is no file means: gone for good, or perhaps there later.
func refusal(res *http.Response) *connectors.SendError {
	e := &connectors.SendError{Code: connectors.CodeRejected, Words: "The provider no longer has the file.", Cause: fmt.Errorf("status %d", res.StatusCode)}
	switch {
	case res.StatusCode == http.StatusTooManyRequests:
		e.Code, e.Words = connectors.CodeThrottled, "The provider wants us to wait."
	case res.StatusCode >= 500, res.StatusCode == http.StatusRequestTimeout, res.StatusCode < 300:
		e.Code, e.Words = connectors.CodeProvider, "The provider could not hand the file over."
	case res.StatusCode == http.StatusUnauthorized, res.StatusCode == http.StatusForbidden:
		e.Words = "The provider refuses to hand the file over."
	default:
		return e
	}
	e.RetryAfter = wire.Answer{Header: res.Header}.RetryAfter(time.Now())
	return e
}

// name is what the file is called, by its header or address.
func name(res *http.Response, at *url.URL) string {
	if _, params, err := mime.ParseMediaType(res.Header.Get("Content-Disposition")); err == nil && params["filename"] != "" {
		return path.Base(params["filename"])
	}
	if base := path.Base(at.Path); strings.Contains(base, ".") && base != "." {
		return base
	}
	return ""
}

func mediaType(res *http.Response) string {
	t, _, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return t
}
