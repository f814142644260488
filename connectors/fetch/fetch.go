// Package fetch gets files from addresses that providers and customers name. It goes where it may: to hosts the connector knows,
// over HTTPS, on the public internet, at every redirect anew.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"seax/connectors"
	"seax/connectors/wire"
	"seax/internal/egress"
)

// redirects is how often one file may be moved.
const redirects = 5

// Fetcher implements connectors.Fetcher. Safe for concurrent use.
type Fetcher struct{ transport http.RoundTripper }

// New returns a fetcher on a transport, which decides which networks can be reached (see package egress).
func New(transport http.RoundTripper) *Fetcher {
	// A file may take longer than the calls wire.NewClient is for; the context bounds it. Redirects are followed here.
	return &Fetcher{transport}
}

// Fetch implements connectors.Fetcher.
func (f *Fetcher) Fetch(ctx context.Context, address string, header http.Header, hosts ...string) (connectors.Media, error) {
	at, err := url.Parse(address)
	if err != nil {
		return connectors.Media{}, refused("The file has no address that can be read.", err)
	}
	if err := sound(header); err != nil {
		return connectors.Media{}, err
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
		// As it is: what is packed can be far larger than it looks.
		r.Header.Set("Accept-Encoding", "identity")
		res, err := f.transport.RoundTrip(r)
		if err != nil {
			return connectors.Media{}, unreached(err)
		}
		if encoding := res.Header.Get("Content-Encoding"); res.StatusCode == http.StatusOK && encoding != "" && !strings.EqualFold(encoding, "identity") {
			_ = res.Body.Close()
			return connectors.Media{}, refused("The file came packed in a way nobody has asked for.", fmt.Errorf("encoding %.40q", encoding))
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

// sound refuses headers that cannot be sent, which no other attempt would mend.
func sound(header http.Header) error {
	for name, values := range header {
		for _, value := range values {
			if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
				return refused("The file has a header that cannot be sent.", fmt.Errorf("header %.40q", name))
			}
		}
	}
	return nil
}

func allowed(at *url.URL, hosts []string) error {
	if at.Scheme != "https" || at.Hostname() == "" || at.User != nil {
		return refused("The file is not at a secure address.", fmt.Errorf("scheme %q", at.Scheme))
	}
	host := strings.ToLower(at.Hostname())
	if disguised(host) {
		return refused("The file is at an address that is not public.", fmt.Errorf("host %.60q", host))
	}
	for _, allowed := range hosts {
		if allowed == "*" || host == allowed || strings.HasPrefix(allowed, ".") && strings.HasSuffix(host, allowed) {
			return nil
		}
	}
	return refused("The file is at an address that is not the provider's.", fmt.Errorf("host %q is not among %v", host, hosts))
}

// disguised reports whether a host is an address in a manner that some read and others take for a name: as one number, octal, with
// parts left out.
func disguised(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return false
	}
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	last := labels[len(labels)-1]
	return last == "" || strings.HasPrefix(last, "0x") || strings.Trim(last, "0123456789") == ""
}

func refused(words string, cause error) *connectors.SendError {
	return &connectors.SendError{Code: connectors.CodeRejected, Words: words, Cause: cause}
}

func unreached(err error) *connectors.SendError {
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
		return base(params["filename"])
	}
	if name := base(at.Path); strings.Contains(name, ".") {
		return name
	}
	return ""
}

// base is the last part of a path; "" if that is no name.
func base(of string) string {
	name := path.Base(of)
	if strings.Trim(name, "./") == "" {
		return ""
	}
	return name
}

func mediaType(res *http.Response) string {
	t, _, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return t
}
