//! What `tracing` sees.
