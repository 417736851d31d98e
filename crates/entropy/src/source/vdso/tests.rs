//! Tests of the kernel's bytes: fresh at every call, in every thread, and with no vDSO too.

use std::collections::HashSet;

use super::*;

fn bytes(kernel: &mut KernelBytes) -> [u8; FRESH] {
    *kernel.fresh().unwrap().first_chunk().unwrap()
}

#[test]
fn no_call_and_no_thread_repeats() {
    const THREADS: usize = 4;
    const CALLS: usize = 1000;
    let threads: Vec<_> = (0..THREADS)
        .map(|_| {
            std::thread::spawn(|| {
                let mut kernel = KernelBytes::default();
                (0..CALLS).map(|_| bytes(&mut kernel)).collect::<Vec<_>>()
            })
        })
        .collect();
    let all: HashSet<_> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    assert_eq!(all.len(), THREADS * CALLS);
}

#[test]
fn a_kernel_without_the_function_is_asked_by_system_call() {
    let mut kernel = KernelBytes::SystemCall;
    assert_ne!(bytes(&mut kernel), bytes(&mut kernel));
}

#[test]
fn the_clock_stands_beside_the_kernels_bytes() {
    let mut kernel = KernelBytes::default();
    let mut times: Vec<_> =
        (0..3).map(|_| u64::from_ne_bytes(*kernel.fresh().unwrap().last_chunk().unwrap())).collect();
    assert!(times.iter().all(|&time| time != 0));
    std::thread::sleep(std::time::Duration::from_millis(1));
    times.push(u64::from_ne_bytes(*kernel.fresh().unwrap().last_chunk().unwrap()));
    assert_ne!(times[0], times[3]);
}
