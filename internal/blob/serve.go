package blob

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/uuid"

	"seax/internal/conversation"
)

// Prefix is where Handler wants to be mounted.
const Prefix = "/files/"

// Sign returns the attachment with a URL (without scheme and host) by which anybody who has it can fetch the file, as long as the
// key does not change. The name in it is for people and not part of what is signed.
func (s *Store) Sign(a conversation.Attachment) conversation.Attachment {
	a.URL = Prefix + a.ID.String() + "/" + s.signature(a.ID) + "/" + url.PathEscape(a.Name)
	return a
}

func (s *Store) signature(id uuid.UUID) string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte("seax file "))
	mac.Write(id[:])
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// shownInline are the types a browser may show in place; all else is saved. Nothing in them can run.
var shownInline = map[string]bool{"image/png": true, "image/jpeg": true, "image/gif": true, "image/webp": true}

// Handler serves GET and HEAD of signed links, with ranges and conditions. Links with a wrong signature and files that are not there
// get the same 404.
func (s *Store) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		// On every answer: whatever is in a file, it never acts in our name.
		h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Robots-Tag", "noindex")
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		id, ok := s.verify(r.URL.Path)
		if !ok {
			http.NotFound(w, r)
			return
		}
		s.serve(w, r, id)
	})
}

// verify returns the file a path is a valid link to.
func (s *Store) verify(path string) (uuid.UUID, bool) {
	rest, ok := strings.CutPrefix(path, Prefix)
	parts := strings.SplitN(rest, "/", 3)
	if !ok || len(parts) < 2 || len(parts[0]) != 36 {
		return uuid.Nil, false
	}
	id, err := uuid.Parse(parts[0])
	if err != nil {
		return uuid.Nil, false
	}
	return id, hmac.Equal([]byte(s.signature(id)), []byte(parts[1]))
}

func (s *Store) serve(w http.ResponseWriter, r *http.Request, id uuid.UUID) {
	f, err := s.find(r.Context(), id)
	if err != nil {
		fail(w, r, err)
		return
	}
	content := sized(f.Size)
	if r.Method == http.MethodGet {
		reader, err := s.open(r.Context(), id)
		if err != nil {
			fail(w, r, err)
			return
		}
		defer func() { _ = reader.Close() }()
		content = reader
	}
	disposition := "attachment"
	if shownInline[f.MediaType] {
		disposition = "inline"
	}
	h := w.Header()
	h.Set("Content-Type", f.MediaType)
	h.Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": f.Name}))
	h.Set("ETag", `"`+hex.EncodeToString(f.sum)+`"`)
	// A file never changes; whoever may see the link has seen it.
	h.Set("Cache-Control", "private, max-age=31536000, immutable")
	http.ServeContent(w, r, "", f.createdAt, content)
}

func fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, ErrNotFound) {
		http.NotFound(w, r)
		return
	}
	if r.Context().Err() == nil {
		slog.ErrorContext(r.Context(), "serve file", "error", err)
	}
	http.Error(w, "the file cannot be read right now", http.StatusServiceUnavailable)
}

// sized is a content of which only the size is wanted, for HEAD.
func sized(size int64) io.ReadSeeker { return io.NewSectionReader(nothing{}, 0, size) }

type nothing struct{}

func (nothing) ReadAt([]byte, int64) (int, error) { return 0, io.ErrUnexpectedEOF }
