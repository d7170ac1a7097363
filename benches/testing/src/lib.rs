//! Nothing: the tests are the benchmark.
