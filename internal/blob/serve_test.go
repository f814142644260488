package blob_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/internal/blob"
	"seax/internal/conversation"
)

func fetch(t *testing.T, server *httptest.Server, method, path string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, nil)
	require.NoError(t, err)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := server.Client().Do(req)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	// Every answer, also a refusal.
	require.Equal(t, "sandbox; default-src 'none'", res.Header.Get("Content-Security-Policy"))
	require.Equal(t, "nosniff", res.Header.Get("X-Content-Type-Options"))
	require.Equal(t, "cross-origin", res.Header.Get("Cross-Origin-Resource-Policy"))
	return res, string(body)
}

func serve(t *testing.T, b *bench) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle(blob.Prefix, b.Handler())
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

func (b *bench) put(t *testing.T, name, content string) conversation.Attachment {
	t.Helper()
	a, err := b.Put(t.Context(), name, "", 10*mega, nil, strings.NewReader(content))
	require.NoError(t, err)
	return b.Sign(a)
}

func TestServe(t *testing.T) {
	t.Parallel()
	b := setup(t)
	server := serve(t, b)
	content := pngFile(t)
	a := b.put(t, "고양이 \"cat\"; x.png", content)
	require.True(t, strings.HasPrefix(a.URL, "/files/"+a.ID.String()+"/"), a.URL)
	require.NotContains(t, a.URL, " ")

	res, body := fetch(t, server, http.MethodGet, a.URL)
	require.Equal(t, 200, res.StatusCode)
	require.Equal(t, content, body)
	require.Equal(t, "image/png", res.Header.Get("Content-Type"))
	require.Equal(t, "private, max-age=31536000, immutable", res.Header.Get("Cache-Control"))
	require.True(t, strings.HasPrefix(res.Header.Get("Content-Disposition"), "inline; filename*=utf-8''%EA%B3%A0"), res.Header.Get("Content-Disposition"))
	tag := res.Header.Get("ETag")
	require.Regexp(t, `^"[0-9a-f]{64}"$`, tag)

	head, body := fetch(t, server, http.MethodHead, a.URL)
	require.Equal(t, 200, head.StatusCode)
	require.Empty(t, body)
	require.Equal(t, int64(len(content)), head.ContentLength)
	require.Equal(t, tag, head.Header.Get("ETag"))

	res, body = fetch(t, server, http.MethodGet, a.URL, "If-None-Match", tag)
	require.Equal(t, 304, res.StatusCode)
	require.Empty(t, body)

	res, body = fetch(t, server, http.MethodGet, a.URL, "Range", "bytes=1-3")
	require.Equal(t, 206, res.StatusCode)
	require.Equal(t, "PNG", body)
	res, body = fetch(t, server, http.MethodGet, a.URL, "Range", "bytes=-4")
	require.Equal(t, 206, res.StatusCode)
	require.Equal(t, content[len(content)-4:], body)
	res, _ = fetch(t, server, http.MethodGet, a.URL, "Range", "bytes=999999-")
	require.Equal(t, 416, res.StatusCode)
	res, body = fetch(t, server, http.MethodGet, a.URL, "Range", "bytes=0-1", "If-Range", `"other"`)
	require.Equal(t, 200, res.StatusCode)
	require.Equal(t, content, body)
	res, _ = fetch(t, server, http.MethodGet, a.URL, "Range", "bytes=0-1,4-5")
	require.Equal(t, 206, res.StatusCode)

	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		res, _ = fetch(t, server, method, a.URL)
		require.Equal(t, 405, res.StatusCode)
	}
}

func TestInlineOnlyForPictures(t *testing.T) {
	t.Parallel()
	b := setup(t)
	server := serve(t, b)
	for name, c := range map[string]struct{ content, disposition string }{
		"a.png": {pngFile(t), "inline"}, "a.jpg": {jpegFile(t), "inline"}, "a.gif": {gifFile(t), "inline"}, "a.webp": {webpFile, "inline"},
		"a.pdf": {pdfFile, "attachment"}, "a.txt": {"text", "attachment"}, "a.csv": {"a,b", "attachment"}, "a.docx": {docxFile(t), "attachment"},
		"a.mp4": {mp4File, "attachment"}, "a.mp3": {mp3File(), "attachment"},
	} {
		res, _ := fetch(t, server, http.MethodGet, b.put(t, name, c.content).URL)
		require.Equal(t, c.disposition+"; filename="+name, res.Header.Get("Content-Disposition"))
	}
}

func TestSignature(t *testing.T) {
	t.Parallel()
	b := setup(t)
	server := serve(t, b)
	a, other := b.put(t, "a.txt", "mine"), b.put(t, "b.txt", "yours")
	parts := strings.Split(a.URL, "/")
	id, mac := parts[2], parts[3]
	res, body := fetch(t, server, http.MethodGet, "/files/"+id+"/"+mac+"/any%2Fother%20name")
	require.Equal(t, 200, res.StatusCode, "the name is for people")
	require.Equal(t, "mine", body)
	res, _ = fetch(t, server, http.MethodGet, "/files/"+id+"/"+mac)
	require.Equal(t, 200, res.StatusCode)

	for _, path := range []string{
		"/files/", "/files/" + id, "/files/" + id + "/", "/files/" + id + "//a.txt", "/files/" + id + "/" + mac[:42] + "/a.txt", "/files/" + id + "/" + mac + "A/a.txt",
		"/files/" + id + "/" + strings.ToUpper(mac) + "/a.txt", "/files/" + other.ID.String() + "/" + mac + "/a.txt", "/files/x/" + mac + "/a.txt",
		"/files/{" + id + "}/" + mac + "/a.txt", "/files/" + strings.ReplaceAll(id, "-", "") + "/" + mac + "/a.txt", "/files/%00/%00/%00",
	} {
		res, _ := fetch(t, server, http.MethodGet, path)
		require.Equal(t, 404, res.StatusCode, path)
	}
	gone := b.Sign(conversation.Attachment{ID: uuid.New(), Name: "gone.txt"})
	res, _ = fetch(t, server, http.MethodGet, gone.URL)
	require.Equal(t, 404, res.StatusCode)

	changed, err := blob.Open(t.Context(), "mem://", b.pool, bytes.Repeat([]byte("x"), 32))
	require.NoError(t, err)
	require.NotEqual(t, a.URL, changed.Sign(a).URL)
	require.Equal(t, a.URL, b.Sign(a).URL, "the same link every time, so that it is cached")
}

func TestServeWithoutContent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	server := serve(t, b)
	a := b.put(t, "a.txt", "mine")
	require.NoError(t, os.Remove(b.stored(t)[0]))
	res, _ := fetch(t, server, http.MethodGet, a.URL)
	require.Equal(t, 404, res.StatusCode)
	b.pool.Close()
	res, body := fetch(t, server, http.MethodGet, a.URL)
	require.Equal(t, 503, res.StatusCode)
	require.NotContains(t, body, "pool")
}

func TestLargeFileInParts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	server := serve(t, b)
	content := strings.Repeat("0123456789", 300_000)
	a := b.put(t, "long.txt", content)
	res, body := fetch(t, server, http.MethodGet, a.URL, "Range", "bytes=2000000-2000009")
	require.Equal(t, 206, res.StatusCode)
	require.Equal(t, "0123456789", body)
	_, body = fetch(t, server, http.MethodGet, a.URL)
	require.Len(t, body, len(content))
}

func BenchmarkPut(b *testing.B) {
	s := setup(b)
	content := []byte(pngFile(b) + strings.Repeat("\x01", 1<<20))
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		_, err := s.Put(b.Context(), "a.png", "", 10*mega, nil, bytes.NewReader(content))
		require.NoError(b, err)
	}
}
