#![allow(warnings, let_underscore_drop, missing_copy_implementations, missing_debug_implementations)]
#![allow(missing_docs, trivial_casts, unreachable_pub, unused, unused_qualifications, unused_results)]
#![allow(clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction, reason = "generated")]
