package api

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/json"
	"errors"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"seax/api/spec"
)

//go:embed docs
var docs embed.FS

// pages mounts what browsers show: the API's documentation, the widget, the demo shop; the agent client is what is left.
func (s *server) pages(engine *gin.Engine) {
	reference, err := fs.Sub(docs, "docs")
	if err != nil {
		// "docs" is a valid path.
		panic(err)
	}
	document := sync.OnceValues(func() ([]byte, error) {
		doc, err := spec.GetSwagger()
		if err != nil {
			return nil, err
		}
		return json.Marshal(doc)
	})
	engine.GET("/api/v1/openapi.json", func(c *gin.Context) {
		body, err := document()
		if err != nil {
			fail(c, s.Logger, err)
			return
		}
		c.Data(http.StatusOK, "application/json", body)
	})
	manual := newAssets(reference)
	engine.GET("/docs", func(c *gin.Context) { serve(c, manual, "index.html") })
	engine.GET("/docs/*path", func(c *gin.Context) { serve(c, manual, or(strings.Trim(c.Param("path"), "/"), "index.html")) })
	built := newAssets(s.Web)
	engine.GET("/widget/*path", func(c *gin.Context) {
		c.Header("Access-Control-Allow-Origin", "*")
		c.Header("Cross-Origin-Resource-Policy", "cross-origin")
		serve(c, built, "widget/"+strings.Trim(c.Param("path"), "/"))
	})
	engine.GET("/demo/*path", func(c *gin.Context) { serve(c, built, "demo/"+or(strings.Trim(c.Param("path"), "/"), "index.html")) })
	s.clientAssets = built
}

// client serves the agent client: its files, and index.html for every other path, which are its pages.
func (s *server) client(c *gin.Context) {
	if c.IsAborted() || (c.Request.Method != http.MethodGet && c.Request.Method != http.MethodHead) {
		return
	}
	name := strings.Trim(c.Request.URL.Path, "/")
	if name == "" || !s.clientAssets.has(name) {
		if strings.HasPrefix(name, "assets/") {
			answer(c, problem(http.StatusNotFound, "not_found", "There is no such file."))
			return
		}
		name = "index.html"
	}
	if !s.clientAssets.has(name) {
		c.String(http.StatusServiceUnavailable, "The agent client is not built. Run: make build")
		c.Abort()
		return
	}
	serve(c, s.clientAssets, name)
}

// assets are built files, compressed once.
type assets struct {
	files fs.FS

	mu    sync.Mutex
	known map[string]asset
}

type asset struct {
	plain, packed []byte
	media         string
}

func newAssets(files fs.FS) *assets { return &assets{files: files, known: map[string]asset{}} }

func (a *assets) has(name string) bool {
	info, err := fs.Stat(a.files, path.Clean(name))
	return err == nil && !info.IsDir()
}

var errNoAsset = errors.New("no such file")

func (a *assets) get(name string) (asset, error) {
	// One entry per file, however its name was written.
	name = path.Clean(name)
	a.mu.Lock()
	defer a.mu.Unlock()
	if found, ok := a.known[name]; ok {
		return found, nil
	}
	if !a.has(name) {
		return asset{}, errNoAsset
	}
	plain, err := fs.ReadFile(a.files, name)
	if err != nil {
		return asset{}, err
	}
	found := asset{plain: plain, media: mime.TypeByExtension(path.Ext(name))}
	if found.media == "" {
		found.media = "application/octet-stream"
	}
	if strings.HasPrefix(found.media, "text/") || strings.Contains(found.media, "json") || strings.Contains(found.media, "javascript") || strings.Contains(found.media, "svg") {
		var packed bytes.Buffer
		w, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		_, _ = w.Write(plain)
		if err := w.Close(); err == nil && packed.Len() < len(plain) {
			found.packed = packed.Bytes()
		}
	}
	a.known[name] = found
	return found, nil
}

// serve answers with a file: what has its content's hash in its name for ever, everything else asked for again each time.
func serve(c *gin.Context, a *assets, name string) {
	c.Abort()
	found, err := a.get(name)
	if err != nil {
		c.String(http.StatusNotFound, "There is no such page.")
		return
	}
	h := c.Writer.Header()
	h.Set("Content-Type", found.media)
	h.Add("Vary", "Accept-Encoding")
	if strings.Contains(name, "assets/") {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "no-cache")
	}
	body := found.plain
	if found.packed != nil && strings.Contains(c.GetHeader("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = found.packed
	}
	http.ServeContent(c.Writer, c.Request, "", time.Time{}, bytes.NewReader(body))
}
