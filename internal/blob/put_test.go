package blob_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"seax/internal/blob"
	"seax/internal/store/storetest"
)

var key = bytes.Repeat([]byte("k"), 32)

type bench struct {
	*blob.Store
	pool *pgxpool.Pool
	dir  string
}

func setup(t testing.TB) *bench {
	t.Helper()
	b := &bench{pool: storetest.New(t), dir: filepath.Join(t.TempDir(), "files")}
	var err error
	b.Store, err = blob.Open(t.Context(), "file://"+filepath.ToSlash(b.dir), b.pool, key)
	require.NoError(t, err)
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// stored lists the contents in the bucket.
func (b *bench) stored(t testing.TB) []string {
	t.Helper()
	var names []string
	require.NoError(t, filepath.WalkDir(b.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, path)
		}
		return err
	}))
	return names
}

const mega = 1 << 20

func TestAccepted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, c := range []struct{ name, content, mediaType, stored string }{
		{"cat.png", pngFile(t), "image/png", "cat.png"},
		{"cat.JPEG", jpegFile(t), "image/jpeg", "cat.JPEG"},
		{"cat.gif", gifFile(t), "image/gif", "cat.gif"},
		{"cat.webp", webpFile, "image/webp", "cat.webp"},
		{"bill.pdf", pdfFile, "application/pdf", "bill.pdf"},
		{"note.txt", "Hello\r\nworld\n", "text/plain", "note.txt"},
		{"메모.txt", "안녕하세요", "text/plain", "메모.txt"},
		{"note", "Hello < world > & so on, if a<b then MZ", "text/plain", "note.txt"},
		{"MZ.txt", "MZ is how it begins", "text/plain", "MZ.txt"},
		{"table.csv", "a,b\n1,2\n", "text/csv", "table.csv"},
		{"korean.csv", cp949CSV, "text/csv", "korean.csv"},
		{"letter.docx", docxFile(t), docx, "letter.docx"},
		{"table.xlsx", xlsxFile(t), xlsx, "table.xlsx"},
		{"song.mp3", mp3File(), "audio/mpeg", "song.mp3"},
		{"song.mp3", "ID3\x04\x00\x00\x00\x00\x00\x00" + mp3File(), "audio/mpeg", "song.mp3"},
		{"voice.m4a", m4aFile, "audio/mp4", "voice.m4a"},
		{"voice.ogg", oggFile, "audio/ogg", "voice.ogg"},
		{"voice.webm", webmHead + "A_OPUS", "audio/webm", "voice.webm"},
		{"clip.mp4", mp4File, "video/mp4", "clip.mp4"},
		{"clip.webm", webmHead + "V_VP9 A_OPUS", "video/webm", "clip.webm"},
		// What the client calls it does not count.
		{"cat.txt", pngFile(t), "image/png", "cat.txt.png"},
		{"cat", jpegFile(t), "image/jpeg", "cat.jpg"},
		{"photo.png", jpegFile(t), "image/jpeg", "photo.png.jpg"},
		{"note.png", "only text", "text/plain", "note.png.txt"},
		{"letter.zip", docxFile(t), docx, "letter.zip.docx"},
	} {
		a, err := b.Put(t.Context(), c.name, "visitor:1", mega, nil, strings.NewReader(c.content))
		require.NoError(t, err, c.name)
		require.Equal(t, c.mediaType, a.MediaType, c.name)
		require.Equal(t, c.stored, a.Name, c.name)
		require.Equal(t, int64(len(c.content)), a.Size)
		require.Empty(t, a.URL)

		got, r, err := b.Reader(t.Context(), a.ID)
		require.NoError(t, err)
		require.Equal(t, a, got)
		content, err := io.ReadAll(r)
		require.NoError(t, err)
		require.NoError(t, r.Close())
		require.Equal(t, c.content, string(content), c.name)

		got, err = b.Get(t.Context(), a.ID)
		require.NoError(t, err)
		require.Equal(t, a, got)
		by, err := b.Uploader(t.Context(), a.ID)
		require.NoError(t, err)
		require.Equal(t, "visitor:1", by)
		var sum []byte
		require.NoError(t, b.pool.QueryRow(t.Context(), `select sha256 from files where id = $1`, a.ID).Scan(&sum))
		want := sha256.Sum256([]byte(c.content))
		require.Equal(t, want[:], sum)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	html := "<!DOCTYPE html><html><script>alert(1)</script></html>"
	spaces := strings.Repeat(" \n", 300)
	random := make([]byte, 3000)
	_, _ = rand.Read(random)
	random[0] = 0
	for what, c := range map[string]struct{ name, content string }{
		"html":                       {"page.html", html},
		"html as png":                {"cat.png", html},
		"html as text":               {"note.txt", html},
		"html after spaces":          {"note.txt", spaces + html},
		"html after BOM":             {"note.txt", "\xef\xbb\xbf" + html},
		"html fragment":              {"note.txt", "Hello <img src=x onerror=alert(1)>"},
		"script far inside text":     {"note.txt", strings.Repeat("harmless ", 20_000) + "<ScRiPt>alert(1)</script>"},
		"script across chunks":       {"note.txt", strings.Repeat("x", 64<<10-3) + "<script>alert(1)</script>"},
		"html in 8-bit text":         {"note.csv", cp949CSV + html},
		"svg":                        {"image.svg", `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`},
		"svg as png":                 {"image.png", `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>`},
		"xml":                        {"data.txt", `<?xml version="1.0"?><x/>`},
		"php":                        {"x.txt", "<?php system($_GET['c']);"},
		"shell script":               {"notes.txt", "#!/bin/sh\nrm -rf /"},
		"shell script after BOM":     {"notes.txt", "\xef\xbb\xbf#!/bin/sh\nrm -rf /"},
		"batch file":                 {"run.bat", "@echo off\r\ndel *.*"},
		"javascript":                 {"x.js", "alert(1)"},
		"double extension":           {"photo.png.exe", "alert(1)"},
		"picture called a program":   {"cat.exe", pngFile(t)},
		"hidden direction":           {"photo\u202egnp.exe", pngFile(t)},
		"extension then spaces":      {"x.exe   ", pngFile(t)},
		"extension then dots":        {"x.exe...", pngFile(t)},
		"Windows program":            {"cat.png", "MZ\x90\x00\x03\x00\x00\x00" + strings.Repeat("\x00", 200)},
		"Linux program":              {"cat.png", "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 200)},
		"macOS program":              {"cat.jpg", "\xcf\xfa\xed\xfe\x07\x00\x00\x01" + strings.Repeat("\x00", 200)},
		"Java class":                 {"a.pdf", "\xca\xfe\xba\xbe\x00\x00\x00\x34" + strings.Repeat("\x00", 200)},
		"WebAssembly":                {"a.mp4", "\x00asm\x01\x00\x00\x00"},
		"Windows shortcut":           {"a.txt", "L\x00\x00\x00\x01\x14\x02\x00\x00\x00\x00\x00\xc0"},
		"old Office (macros)":        {"a.doc", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 512)},
		"rich text":                  {"a.txt", `{\rtf1\ansi{\object\objocx}}`},
		"web archive":                {"a.txt", "MIME-Version: 1.0\r\nContent-Type: multipart/related"},
		"zip":                        {"a.zip", zipFile(t, "a.txt")},
		"program in zip as docx":     {"a.docx", zipFile(t, "setup.exe")},
		"docx with macros":           {"a.docx", docxFile(t, "word/vbaProject.bin")},
		"jar as docx":                {"a.docx", docxFile(t, "META-INF/MANIFEST.MF")},
		"apk":                        {"a.zip", zipFile(t, "AndroidManifest.xml", "classes.dex")},
		"png and zip":                {"a.png", pngFile(t) + zipFile(t, "evil.class")},
		"gif and jar":                {"a.gif", gifFile(t) + zipFile(t, "META-INF/MANIFEST.MF")},
		"text and zip":               {"a.txt", "hello" + zipFile(t, "evil.txt")},
		"jpeg and html":              {"a.jpg", jpegFile(t) + html},
		"html in a jpeg comment":     {"a.jpg", "\xff\xd8\xff\xfe\x00\x30<html><body onload=alert(1)>" + jpegFile(t)[2:]},
		"script deep in a png":       {"a.png", pngFile(t) + strings.Repeat("\x01", 200_000) + "<script>alert(1)</script>"},
		"gif and javascript page":    {"a.gif", "GIF89a/*" + strings.Repeat("\x00", 20) + "*/=1;</script><script>alert(1)</script>"},
		"png and pdf":                {"a.png", pngFile(t)[:60] + pdfFile},
		"pdf and html":               {"a.pdf", "%PDF-1.7\n<html><script>alert(1)</script>"},
		"pdf after junk":             {"a.pdf", "junk\n" + pdfFile},
		"png in name only":           {"a.png", "\x89PNG\r\n\x1a\nnope"},
		"jpeg in name only":          {"a.jpg", "\xff\xd8\xff\x00"},
		"truncated zip":              {"a.docx", docxFile(t)[:100]},
		"zip with a lying directory": {"a.docx", lie(docxFile(t))},
		"unknown":                    {"a.png", string(random)},
		"two bytes of mp3":           {"a.mp3", "\xff\xfb\x90\x64nothing\x00else"},
		"nul in text":                {"a.txt", "hello\x00world"},
		"quicktime":                  {"a.mov", movFile},
		"heic without being asked":   {"a.heic", "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"},
	} {
		_, err := b.Put(t.Context(), c.name, "visitor:1", mega, nil, strings.NewReader(c.content))
		require.ErrorIs(t, err, blob.ErrType, what)
		require.Greater(t, len(err.Error()), len(blob.ErrType.Error()), "%s: says why", what)
	}
	require.Empty(t, b.stored(t), "nothing of it was kept")
	var rows int
	require.NoError(t, b.pool.QueryRow(t.Context(), `select count(*) from files`).Scan(&rows))
	require.Zero(t, rows)
}

// lie makes a zip's directory claim to be 4 GB.
func lie(content string) string {
	raw := []byte(content)
	at := bytes.LastIndex(raw, []byte("PK\x05\x06"))
	binary.LittleEndian.PutUint32(raw[at+12:], 0xfffffff0)
	return string(raw)
}

func TestAskedFor(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, c := range []struct {
		types    []string
		content  string
		accepted string
	}{
		{[]string{"image/png"}, pngFile(t), "image/png"},
		{[]string{"image/png"}, jpegFile(t), ""},
		{[]string{"image/*"}, jpegFile(t), "image/jpeg"},
		{[]string{"IMAGE/JPG"}, jpegFile(t), "image/jpeg"},
		{[]string{"audio/x-m4a"}, m4aFile, "audio/mp4"},
		{[]string{"video/quicktime"}, movFile, "video/quicktime"},
		{[]string{"application/zip"}, zipFile(t, "a.txt", "b/c.png"), "application/zip"},
		{[]string{"application/zip"}, zipFile(t, "a.txt", "run.bat"), ""},
		{[]string{"application/zip"}, zipFile(t, "page.HTML"), ""},
		{[]string{"application/zip"}, docxFile(t), ""},
		{[]string{docx}, docxFile(t), docx},
		{[]string{docx}, zipFile(t, "a.txt"), ""},
		{[]string{"text/csv"}, "a,b", ""},
		{[]string{"image/svg+xml", "image/*", "text/*", "application/*", "*/*"}, "<svg/>", ""},
		{[]string{"application/octet-stream", "application/*", "*/*"}, "OggS\x00unknown\x00\x01", ""},
	} {
		a, err := b.Put(t.Context(), "file", "", mega, c.types, strings.NewReader(c.content))
		if c.accepted == "" {
			require.ErrorIs(t, err, blob.ErrType, "%v", c.types)
			continue
		}
		require.NoError(t, err, "%v", c.types)
		require.Equal(t, c.accepted, a.MediaType)
	}
}

func TestSize(t *testing.T) {
	t.Parallel()
	b := setup(t)
	put := func(size int, limit int64) error {
		_, err := b.Put(t.Context(), "a.txt", "", limit, nil, io.LimitReader(endless{}, int64(size)))
		return err
	}
	require.ErrorIs(t, put(0, 100), blob.ErrEmpty)
	require.NoError(t, put(100, 100))
	require.ErrorIs(t, put(101, 100), blob.ErrTooLarge)
	require.EqualError(t, put(3*mega, 2*mega), "store file: the file is too large: at most 2 MB")
	require.ErrorIs(t, put(1, 0), blob.ErrTooLarge)
	require.ErrorIs(t, put(1, -5), blob.ErrTooLarge)
	require.NoError(t, put(512<<10, mega), "as much as is held in memory")
	require.NoError(t, put(512<<10+1, mega))
	require.NoError(t, put(mega, mega))
	// However much comes, no more than needed is read.
	_, err := b.Put(t.Context(), "a.txt", "", mega, nil, endless{})
	require.ErrorIs(t, err, blob.ErrTooLarge)
	require.Len(t, b.stored(t), 4)
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

func TestUploadBreaksOff(t *testing.T) {
	t.Parallel()
	b := setup(t)
	gone := errors.New("connection reset")
	for _, already := range []int64{0, 10, mega} {
		_, err := b.Put(t.Context(), "a.txt", "", 10*mega, nil, io.MultiReader(io.LimitReader(endless{}, already), iotest.ErrReader(gone)))
		require.ErrorIs(t, err, gone)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := b.Put(ctx, "a.txt", "", mega, nil, strings.NewReader("hello"))
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, b.stored(t))
}

func TestNames(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, want := range map[string]string{
		"../../etc/passwd":          "passwd.txt",
		`C:\Users\me\Desktop\a.txt`: "a.txt",
		"a\x00b\r\nc\t.txt":         "abc.txt",
		"re\u202etxt.txt":           "retxt.txt",
		"a\u200bb\ufeff.txt":        "ab.txt",
		"":                          "file.txt",
		"..":                        "file.txt",
		"/":                         "file.txt",
		".htaccess":                 "htaccess.txt",
		`a"b<c>|d?*.txt`:            "a_b_c__d__.txt",
		"  spaced   out .txt":       "spaced out.txt",
		"\xff\xfe.txt":              "txt.txt",
		"한글 이름.txt":                 "한글 이름.txt",
		"e\u0301.txt":               "é.txt",
		"a.tar.gz":                  "a.tar.gz.txt",
		"v1.2 notes":                "v1.2 notes.txt",
	} {
		a, err := b.Put(t.Context(), name, "", mega, nil, strings.NewReader("hello"))
		require.NoError(t, err, "%q", name)
		require.Equal(t, want, a.Name, "%q", name)
	}
	for _, long := range []string{strings.Repeat("a", 500) + ".txt", strings.Repeat("한", 300), strings.Repeat("😀", 100) + ".log", strings.Repeat("x.", 400)} {
		a, err := b.Put(t.Context(), long, "", mega, nil, strings.NewReader("hello"))
		require.NoError(t, err)
		require.LessOrEqual(t, len(a.Name), 200)
		require.True(t, utf8.ValidString(a.Name))
		require.Contains(t, []string{".txt", ".log"}, filepath.Ext(a.Name))
	}
}

func FuzzPut(f *testing.F) {
	store, err := blob.Open(f.Context(), "mem://", nil, key)
	require.NoError(f, err)
	f.Add("cat.png", []byte(pngFile(f)))
	f.Add("a.docx", []byte(docxFile(f)))
	f.Add("a.mp3", []byte(mp3File()))
	f.Add("a.txt", []byte("hello"))
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		cleaned, mediaType, err := store.Look(name, content)
		if err != nil {
			return
		}
		require.True(t, utf8.ValidString(cleaned))
		require.LessOrEqual(t, len(cleaned), 200)
		require.NotEmpty(t, cleaned)
		require.NotContains(t, cleaned, "/")
		require.NotContains(t, cleaned, `\`)
		require.Negative(t, strings.IndexFunc(cleaned, unicode.IsControl))
		require.NotEqual(t, "text/html", mediaType)
	})
}

func TestRowAfterContent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	kept, err := b.Put(t.Context(), "kept.txt", "", mega, nil, strings.NewReader("kept"))
	require.NoError(t, err)
	_, err = b.pool.Exec(t.Context(), `alter table files add constraint none check (name <> 'lost.txt')`)
	require.NoError(t, err)
	_, err = b.Put(t.Context(), "lost.txt", "", mega, nil, strings.NewReader("lost"))
	require.Error(t, err)
	require.Len(t, b.stored(t), 2, "a content without a row is what a crash leaves")
	require.NoError(t, os.WriteFile(filepath.Join(b.dir, "stray"), []byte("x"), 0o600))

	n, err := b.RemoveOrphans(t.Context(), time.Now().Add(-time.Hour))
	require.NoError(t, err)
	require.Zero(t, n, "what is young may be under way")
	n, err = b.RemoveOrphans(t.Context(), time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, 2, n)
	_, r, err := b.Reader(t.Context(), kept.ID)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	require.Len(t, b.stored(t), 1)
}

func TestNotFound(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.Get(t.Context(), uuid.New())
	require.ErrorIs(t, err, blob.ErrNotFound)
	_, err = b.Uploader(t.Context(), uuid.New())
	require.ErrorIs(t, err, blob.ErrNotFound)
	_, _, err = b.Reader(t.Context(), uuid.New())
	require.ErrorIs(t, err, blob.ErrNotFound)
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var wg sync.WaitGroup
	for range 24 {
		wg.Go(func() {
			a, err := b.Put(t.Context(), "a.txt", "", 2*mega, nil, io.LimitReader(endless{}, mega))
			if err == nil {
				_, err = b.Get(t.Context(), a.ID)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.Len(t, b.stored(t), 24)
}

func TestOpen(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "nonsense", "s3://not-linked-in", "file://relative", "http://[", "file:///x?unknown=1"} {
		_, err := blob.Open(t.Context(), bad, nil, key)
		require.Error(t, err, bad)
	}
	_, err := blob.Open(t.Context(), "mem://", nil, key[:31])
	require.ErrorContains(t, err, "at least 32")
	require.NotContains(t, blob.DefaultTypes, "application/zip")
	require.NotContains(t, blob.DefaultTypes, "image/svg+xml")
}
