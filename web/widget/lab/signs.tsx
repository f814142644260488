/** A place on a map. Drawn, as not every machine has letters that are pictures. */
export function Pin() {
  return <svg viewBox="0 0 16 16" width="15" height="15" fill="none" stroke="currentColor" stroke-width="1.5" aria-hidden="true"><path d="M8 14.5S3 9.7 3 6.2a5 5 0 0 1 10 0C13 9.7 8 14.5 8 14.5Z" /><circle cx="8" cy="6.2" r="1.7" /></svg>
}

/** A file. */
export function Sheet() {
  return <svg viewBox="0 0 16 16" width="14" height="14" fill="none" stroke="currentColor" stroke-width="1.5" aria-hidden="true"><path d="M4 1.8h5.2L12.5 5v9.2H4Z" /><path d="M9 2v3.3h3.3" /></svg>
}
