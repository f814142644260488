// Package blob keeps the files people send. Contents are in a bucket (a local folder unless configured otherwise), what is known
// of them in the table files. What a file is, is decided by its content alone; only types that were asked for get in, and
// programs, scripts and web pages never do. Files are handed out under signed links (see Handler).
package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"gocloud.dev/blob"
	_ "gocloud.dev/blob/fileblob" // file:///folder
	_ "gocloud.dev/blob/memblob"  // mem://
	"gocloud.dev/gcerrors"

	"seax/internal/conversation"
)

// What Put refuses and Get does not find. The errors wrap these with words for the person who sent the file.
var (
	ErrTooLarge = errors.New("the file is too large")
	ErrType     = errors.New("files of this type are not accepted")
	ErrNotFound = errors.New("no such file")
	// ErrEmpty is an ErrType: an empty file is of no type.
	ErrEmpty = fmt.Errorf("%w: the file is empty", ErrType)
)

// Store is safe for concurrent use.
type Store struct {
	bucket *blob.Bucket
	pool   *pgxpool.Pool
	key    []byte
}

// minKey is the shortest key links are signed with.
const minKey = 32

// Open opens the bucket: "file:///absolute/folder" (made if it is not there) or "mem://" (gone with the process); others, when
// their driver is linked in. key signs the links and must be the same in all processes of an installation.
func Open(ctx context.Context, bucketURL string, pool *pgxpool.Pool, key []byte) (*Store, error) {
	if len(key) < minKey {
		return nil, fmt.Errorf("open file store: the key has %d bytes, want at least %d", len(key), minKey)
	}
	u, err := url.Parse(bucketURL)
	if err != nil {
		return nil, fmt.Errorf("open file store: %w", err)
	}
	if u.Scheme == "file" {
		if u.Host != "" || len(u.Path) < 2 {
			return nil, fmt.Errorf("open file store: %q: want file:///absolute/folder", bucketURL)
		}
		q := u.Query()
		// A file is written beside its place, so that giving it its name never crosses file systems; all that is to be known of
		// it is in the database.
		for name, value := range map[string]string{"create_dir": "true", "no_tmp_dir": "true", "metadata": "skip", "dir_file_mode": "0700"} {
			if !q.Has(name) {
				q.Set(name, value)
			}
		}
		u.RawQuery = q.Encode()
	}
	bucket, err := blob.OpenBucket(ctx, u.String())
	if err != nil {
		return nil, fmt.Errorf("open file store at %s: %w", u.Redacted(), err)
	}
	return &Store{bucket: bucket, pool: pool, key: bytes.Clone(key)}, nil
}

// Close ends the use of the bucket.
func (s *Store) Close() error { return s.bucket.Close() }

func bucketKey(id uuid.UUID) string { return id.String()[:2] + "/" + id.String() }

// Put stores what r yields, under a cleaned name. types lists the media types that may get in ("image/*" stands for all images);
// none: DefaultTypes. uploadedBy is kept for Uploader. The result has no URL, see Sign.
//
// It returns ErrEmpty, ErrTooLarge (more than maxBytes) or ErrType, wrapped with words, or a fault of reading or storing. The row
// is written after the content: after a crash between them there is a content nobody refers to (see RemoveOrphans), never the
// other way round.
func (s *Store) Put(ctx context.Context, name, uploadedBy string, maxBytes int64, types []string, r io.Reader) (conversation.Attachment, error) {
	return s.put(ctx, uuid.New(), name, uploadedBy, maxBytes, types, r)
}

// PutAs is Put under an id that was given out before. It may be repeated; the first content stays.
func (s *Store) PutAs(ctx context.Context, id uuid.UUID, name, uploadedBy string, maxBytes int64, types []string, r io.Reader) (conversation.Attachment, error) {
	if before, err := s.Get(ctx, id); err == nil || !errors.Is(err, ErrNotFound) {
		return before, err
	}
	return s.put(ctx, id, name, uploadedBy, maxBytes, types, r)
}

func (s *Store) put(ctx context.Context, id uuid.UUID, name, uploadedBy string, maxBytes int64, types []string, r io.Reader) (conversation.Attachment, error) {
	content, err := spool(r, maxBytes)
	if err != nil {
		return conversation.Attachment{}, fmt.Errorf("store file: %w", err)
	}
	defer content.discard()
	cleaned := CleanName(name)
	mediaType, err := classify(content, cleaned)
	if err != nil {
		return conversation.Attachment{}, err
	}
	if !allowed(types, mediaType) {
		return conversation.Attachment{}, fmt.Errorf("%w (%s)", ErrType, mediaType)
	}
	a := conversation.Attachment{ID: id, Name: withExtension(cleaned, mediaType), MediaType: mediaType, Size: content.size}
	if err := s.write(ctx, a.ID, mediaType, content); err != nil {
		return conversation.Attachment{}, fmt.Errorf("store file %s: %w", a.ID, err)
	}
	// Should this fail, the content stays: when the answer was lost the row may be there.
	_, err = s.pool.Exec(ctx, `insert into files (id, name, media_type, size, sha256, uploaded_by) values ($1, $2, $3, $4, $5, $6)`,
		a.ID, a.Name, a.MediaType, a.Size, content.sum, uploadedBy)
	if err != nil {
		return conversation.Attachment{}, fmt.Errorf("record file %s: %w", a.ID, err)
	}
	return a, nil
}

// write returns when the content is durable: a local file is synced before it gets its name, and its folder after.
func (s *Store) write(ctx context.Context, id uuid.UUID, mediaType string, content *spooled) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // a writer whose context has ended keeps nothing
	var local *os.File
	w, err := s.bucket.NewWriter(ctx, bucketKey(id), &blob.WriterOptions{
		ContentType: mediaType,
		BeforeWrite: func(as func(any) bool) error {
			_ = as(&local)
			return nil
		},
	})
	if err != nil {
		return err
	}
	_, err = io.Copy(w, io.NewSectionReader(content, 0, content.size))
	if err == nil && local != nil {
		err = local.Sync()
	}
	if err != nil {
		cancel()
		_ = w.Close()
		return err
	}
	if err := w.Close(); err != nil || local == nil {
		return err
	}
	return syncFolder(filepath.Dir(local.Name()))
}

func syncFolder(dir string) error {
	// The folder itself may be new, too.
	for _, d := range []string{dir, filepath.Dir(dir)} {
		f, err := os.Open(d)
		if err != nil {
			return err
		}
		err = f.Sync()
		_ = f.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// file is a row of files.
type file struct {
	conversation.Attachment
	sum       []byte
	createdAt time.Time
}

func (s *Store) find(ctx context.Context, id uuid.UUID) (f file, err error) {
	err = s.pool.QueryRow(ctx, `select id, name, media_type, size, sha256, created_at from files where id = $1`, id).
		Scan(&f.ID, &f.Name, &f.MediaType, &f.Size, &f.sum, &f.createdAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return f, fmt.Errorf("%w: %s", ErrNotFound, id)
	}
	if err != nil {
		return f, fmt.Errorf("find file %s: %w", id, err)
	}
	return f, nil
}

// Get returns what is known of a file, without a URL.
func (s *Store) Get(ctx context.Context, id uuid.UUID) (conversation.Attachment, error) {
	f, err := s.find(ctx, id)
	return f.Attachment, err
}

// Uploader returns the uploadedBy it was stored with.
func (s *Store) Uploader(ctx context.Context, id uuid.UUID) (string, error) {
	var by string
	err := s.pool.QueryRow(ctx, `select uploaded_by from files where id = $1`, id).Scan(&by)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", fmt.Errorf("%w: %s", ErrNotFound, id)
	}
	if err != nil {
		return "", fmt.Errorf("find uploader of file %s: %w", id, err)
	}
	return by, nil
}

// Reader opens a file's content, for connectors that hand it to a provider. The caller closes it.
func (s *Store) Reader(ctx context.Context, id uuid.UUID) (conversation.Attachment, io.ReadCloser, error) {
	f, err := s.find(ctx, id)
	if err != nil {
		return conversation.Attachment{}, nil, err
	}
	r, err := s.open(ctx, id)
	if err != nil {
		return conversation.Attachment{}, nil, err
	}
	return f.Attachment, r, nil
}

func (s *Store) open(ctx context.Context, id uuid.UUID) (*blob.Reader, error) {
	r, err := s.bucket.NewReader(ctx, bucketKey(id), nil)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil, fmt.Errorf("%w: the content of %s is not in the bucket", ErrNotFound, id)
	}
	if err != nil {
		return nil, fmt.Errorf("read file %s: %w", id, err)
	}
	return r, nil
}

// RemoveOrphans deletes contents from before the given time that no row refers to, as crashes leave them, and returns how many.
// before must be long ago enough that no Put of then is still under way: a day.
func (s *Store) RemoveOrphans(ctx context.Context, before time.Time) (int, error) {
	removed := 0
	objects := s.bucket.List(nil)
	for {
		object, err := objects.Next(ctx)
		if errors.Is(err, io.EOF) {
			return removed, nil
		}
		if err != nil {
			return removed, fmt.Errorf("list files: %w", err)
		}
		if !object.ModTime.Before(before) {
			continue
		}
		referred := false
		if id, err := uuid.Parse(filepath.Base(object.Key)); err == nil && object.Key == bucketKey(id) {
			if err := s.pool.QueryRow(ctx, `select exists (select from files where id = $1)`, id).Scan(&referred); err != nil {
				return removed, fmt.Errorf("look for file %s: %w", id, err)
			}
		}
		if referred {
			continue
		}
		if err := s.bucket.Delete(ctx, object.Key); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
			return removed, fmt.Errorf("remove orphan %s: %w", object.Key, err)
		}
		removed++
	}
}

// spooled is an upload, at hand for looking at it from all sides before anything is stored: in memory, or in a nameless file.
type spooled struct {
	io.ReaderAt
	size int64
	sum  []byte
	file *os.File
}

// inMemory is up to which size.
const inMemory = 512 << 10

func spool(r io.Reader, maxBytes int64) (*spooled, error) {
	hash := sha256.New()
	// One byte more tells whether there is too much.
	r = io.TeeReader(io.LimitReader(r, max(maxBytes, 0)+1), hash)
	var start bytes.Buffer
	n, err := io.CopyN(&start, r, inMemory)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("receive: %w", err)
	}
	s := &spooled{ReaderAt: bytes.NewReader(start.Bytes()), size: n}
	if err == nil {
		if s.file, err = os.CreateTemp("", "seax-upload-*"); err != nil {
			return nil, err
		}
		s.ReaderAt = s.file
		if s.size, err = io.Copy(s.file, io.MultiReader(&start, r)); err != nil {
			s.discard()
			return nil, fmt.Errorf("receive: %w", err)
		}
	}
	s.sum = hash.Sum(nil)
	switch {
	case s.size > maxBytes:
		s.discard()
		return nil, fmt.Errorf("%w: at most %s", ErrTooLarge, readable(maxBytes))
	case s.size == 0:
		s.discard()
		return nil, ErrEmpty
	}
	return s, nil
}

func (s *spooled) discard() {
	if s.file != nil {
		_ = s.file.Close()
		_ = os.Remove(s.file.Name())
		s.file = nil
	}
}

// bytes returns up to n bytes from an offset; fewer at the end.
func (s *spooled) bytes(offset, n int64) []byte {
	if offset < 0 {
		n, offset = n+offset, 0
	}
	n = min(n, s.size-offset)
	if n <= 0 {
		return nil
	}
	b := make([]byte, n)
	read, _ := s.ReadAt(b, offset)
	return b[:read]
}

func readable(bytes int64) string {
	switch {
	case bytes >= 1<<20:
		return fmt.Sprintf("%.4g MB", float64(bytes)/(1<<20))
	case bytes >= 1<<10:
		return fmt.Sprintf("%.4g kB", float64(bytes)/(1<<10))
	default:
		return fmt.Sprintf("%d bytes", max(bytes, 0))
	}
}
