package blob

import (
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxName is the longest name in bytes.
const maxName = 200

// CleanName makes of what a client calls a file a name that is safe to show, to save under and to put into a header: no path, no
// control or invisible characters (such as those that turn the direction of writing: photo, U+202E, gnp.exe), none that a file system forbids.
func CleanName(name string) string {
	name = norm.NFC.String(strings.ToValidUTF8(name, ""))
	if at := strings.LastIndexAny(name, `/\`); at >= 0 {
		name = name[at+1:]
	}
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r), r == utf8.RuneError, r == '\u2028', r == '\u2029':
			return -1
		case unicode.IsSpace(r):
			return ' '
		case strings.ContainsRune(`<>:"|?*`, r):
			return '_'
		default:
			return r
		}
	}, name)
	name = strings.Trim(strings.Join(strings.Fields(name), " "), ". ")
	if name == "" {
		name = "file"
	}
	return shorten(name, "")
}

// shorten cuts the name, not its extension, so that name and suffix have at most maxName bytes.
func shorten(name, suffix string) string {
	extension := extensionOf(name)
	stem := strings.TrimSuffix(name, extension)
	room := maxName - len(extension) - len(suffix)
	if len(stem) > room {
		stem = strings.ToValidUTF8(stem[:room], "")
	}
	return strings.TrimRight(stem, " ") + extension + suffix
}

// extensionOf returns what follows the last dot, with it; nothing if that is too long or strange for an extension.
func extensionOf(name string) string {
	extension := path.Ext(name)
	if len(extension) < 2 || len(extension) > 12 || len(extension) == len(name) {
		return ""
	}
	for _, r := range extension[1:] {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return ""
		}
	}
	return extension
}

// extensions lists, per media type, the extensions a file of it may have; the first is given to one that has another.
var extensions = map[string][]string{
	"image/png":       {".png"},
	"image/jpeg":      {".jpg", ".jpeg", ".jfif"},
	"image/gif":       {".gif"},
	"image/webp":      {".webp"},
	"image/bmp":       {".bmp"},
	"image/heic":      {".heic", ".heif"},
	"image/avif":      {".avif"},
	"application/pdf": {".pdf"},
	"text/plain":      {".txt", ".text", ".log", ".md", ".csv", ".tsv", ".ics", ".vcf", ".srt", ".json", ".yaml", ".yml", ".ini"},
	"text/csv":        {".csv"},
	docx:              {".docx"},
	xlsx:              {".xlsx"},
	pptx:              {".pptx"},
	"application/zip": {".zip"},
	"audio/mpeg":      {".mp3"},
	"audio/mp4":       {".m4a", ".mp4"},
	"audio/ogg":       {".ogg", ".oga", ".opus"},
	"audio/webm":      {".webm", ".weba"},
	"audio/wav":       {".wav"},
	"audio/aac":       {".aac"},
	"audio/amr":       {".amr"},
	"audio/flac":      {".flac"},
	"video/mp4":       {".mp4", ".m4v"},
	"video/webm":      {".webm"},
	"video/ogg":       {".ogv"},
	"video/quicktime": {".mov"},
	"video/3gpp":      {".3gp"},
}

// withExtension makes the name end as files of the type do, so that no system opens it as something else.
func withExtension(name, mediaType string) string {
	fitting := extensions[mediaType]
	if len(fitting) == 0 || slices.Contains(fitting, strings.ToLower(extensionOf(name))) {
		return name
	}
	return shorten(name, fitting[0])
}

// runnable are extensions of programs, scripts and web pages: what a double click would run.
var runnable = setOf(strings.Fields(`
		ade adp apk app appimage appref-ms appx appxbundle asp aspx bas bash bat bin cab chm class cmd com command cpl crx csh deb dex dll dmg
		docm dotm ear elf exe fish gadget hlp hta htm html htc inf ins iso isp jar jnlp js jse jsp ksh lnk mad maf mde mdb mht mhtml mjs msc msh
		msi msix msp mst msu ocx osx php php3 php5 phar phtml pif pkg pl potm ppam ppsm pptm prg ps1 ps1xml psc1 psd1 psm1 py pyc pyw pyz rb reg
		rgs rpm run scf scpt scr sct service settingcontent-ms sh shb shs shtml so svg svgz swf sys tcsh tmp ts url vb vbe vbs vbscript vhd
		war wasm website workflow ws wsc wsf wsh xbap xhtml xht xla xlam xlsb xlsm xltm xml xsl xslt zsh`))

func setOf(extensions []string) map[string]bool {
	set := make(map[string]bool, len(extensions))
	for _, e := range extensions {
		set["."+e] = true
	}
	return set
}
