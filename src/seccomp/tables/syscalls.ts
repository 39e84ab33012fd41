// Printed by scripts/syscalls.mjs from the system call tables of Linux 7.1-rc4; don't edit.
//
// A name, then its number on each of `tableOrder`, '-' where it has none; the last one stands for all that follow.

/** The version of Linux whose numbers these are. */
export const tableKernel = '7.1-rc4';

export const tableOrder = [
  'x86_64',
  'i386',
  'x32',
  'aarch64',
  'arm',
  'riscv64',
  's390x',
  'ppc64le',
  'loongarch64',
] as const;

export const tableText = `
_llseek - 140 - - 140 - - 140 -; _newselect - 142 - - 142 - - 142 -; _sysctl 156 149 - - 149 - 149 149 -
accept 43 - 43 202 285 202 - 330 202; accept4 288 364 288 242 366 242 364 344 242; access 21 33 21 - 33 - 33 33 -
acct 163 51 163 89 51 89 51 51 89; add_key 248 286 248 217 309 217 278 269 217
adjtimex 159 124 159 171 124 171 124 124 171; afs_syscall 183 137 183 - - - 137 137 -; alarm 37 27 37 - - - 27 27 -
arch_prctl 158 384 158 -; arm_fadvise64_64 - - - - 270 -; arm_sync_file_range - - - - 341 -
bdflush - 134 - - 134 - 134 134 -; bind 49 361 49 200 282 200 361 327 200; bpf 321 357 321 280 386 280 351 361 280
break - 17 - - - - - 17 -; breakpoint - - - - 983041 -; brk 12 45 12 214 45 214 45 45 214; cacheflush - - - - 983042 -
cachestat 451; capget 125 184 125 90 184 90 184 183 90; capset 126 185 126 91 185 91 185 184 91
chdir 80 12 80 49 12 49 12 12 49; chmod 90 15 90 - 15 - 15 15 -; chown 92 182 92 - 182 - 212 181 -
chown32 - 212 - - 212 -; chroot 161 61 161 51 61 51 61 61 51; clock_adjtime 305 343 305 266 372 266 337 347 266
clock_adjtime64 - 405 - - 405 -; clock_getres 229 266 229 114 264 114 261 247 114; clock_getres_time64 - 406 - - 406 -
clock_gettime 228 265 228 113 263 113 260 246 113; clock_gettime64 - 403 - - 403 -
clock_nanosleep 230 267 230 115 265 115 262 248 115; clock_nanosleep_time64 - 407 - - 407 -
clock_settime 227 264 227 112 262 112 259 245 112; clock_settime64 - 404 - - 404 -
clone 56 120 56 220 120 220 120 120 220; clone3 435; close 3 6 3 57 6 57 6 6 57; close_range 436
connect 42 362 42 203 283 203 362 328 203; copy_file_range 326 377 326 285 391 285 375 379 285
creat 85 8 85 - 8 - 8 8 -; create_module 174 127 - - - - 127 127 -; delete_module 176 129 176 106 129 106 129 129 106
dup 32 41 32 23 41 23 41 41 23; dup2 33 63 33 - 63 - 63 63 -; dup3 292 330 292 24 358 24 326 316 24
epoll_create 213 254 213 - 250 - 249 236 -; epoll_create1 291 329 291 20 357 20 327 315 20
epoll_ctl 233 255 233 21 251 21 250 237 21; epoll_ctl_old 214 -; epoll_pwait 281 319 281 22 346 22 312 303 22
epoll_pwait2 441; epoll_wait 232 256 232 - 252 - 251 238 -; epoll_wait_old 215 -
eventfd 284 323 284 - 351 - 318 307 -; eventfd2 290 328 290 19 356 19 323 314 19
execve 59 11 520 221 11 221 11 11 221; execveat 322 358 545 281 387 281 354 362 281; exit 60 1 60 93 1 93 1 1 93
exit_group 231 252 231 94 248 94 248 234 94; faccessat 269 307 269 48 334 48 300 298 48; faccessat2 439
fadvise64 221 250 221 223 - 223 253 233 223; fadvise64_64 - 272 -; fallocate 285 324 285 47 352 47 314 309 47
fanotify_init 300 338 300 262 367 262 332 323 262; fanotify_mark 301 339 301 263 368 263 333 324 263
fchdir 81 133 81 50 133 50 133 133 50; fchmod 91 94 91 52 94 52 94 94 52; fchmodat 268 306 268 53 333 53 299 297 53
fchmodat2 452; fchown 93 95 93 55 95 55 207 95 55; fchown32 - 207 - - 207 -; fchownat 260 298 260 54 325 54 291 289 54
fcntl 72 55 72 25 55 25 55 55 25; fcntl64 - 221 - - 221 -; fdatasync 75 148 75 83 148 83 148 148 83
fgetxattr 193 231 193 10 231 10 229 214 10; file_getattr 468; file_setattr 469
finit_module 313 350 313 273 379 273 344 353 273; flistxattr 196 234 196 13 234 13 232 217 13
flock 73 143 73 32 143 32 143 143 32; fork 57 2 57 - 2 - 2 2 -; fremovexattr 199 237 199 16 237 16 235 220 16
fsconfig 431; fsetxattr 190 228 190 7 228 7 226 211 7; fsmount 432; fsopen 430; fspick 433
fstat 5 108 5 80 108 80 108 108 80; fstat64 - 197 - - 197 -; fstatat64 - 300 - - 327 -
fstatfs 138 100 138 44 100 44 100 100 44; fstatfs64 - 269 - - 267 - 266 253 -; fsync 74 118 74 82 118 82 118 118 82
ftime - 35 - - - - - 35 -; ftruncate 77 93 77 46 93 46 93 93 46; ftruncate64 - 194 - - 194 -
futex 202 240 202 98 240 98 238 221 98; futex_requeue 456; futex_time64 - 422 - - 422 -; futex_wait 455
futex_waitv 449; futex_wake 454; futimesat 261 299 261 - 326 - 292 290 -; get_kernel_syms 177 130 - - - - 130 130 -
get_mempolicy 239 275 239 236 320 236 269 260 236; get_robust_list 274 312 531 100 339 100 305 299 100
get_thread_area 211 244 -; get_tls - - - - 983046 -; getcpu 309 318 309 168 345 168 311 302 168
getcwd 79 183 79 17 183 17 183 182 17; getdents 78 141 78 - 141 - 141 141 -
getdents64 217 220 217 61 217 61 220 202 61; getegid 108 50 108 177 50 177 202 50 177; getegid32 - 202 - - 202 -
geteuid 107 49 107 175 49 175 201 49 175; geteuid32 - 201 - - 201 -; getgid 104 47 104 176 47 176 200 47 176
getgid32 - 200 - - 200 -; getgroups 115 80 115 158 80 158 205 80 158; getgroups32 - 205 - - 205 -
getitimer 36 105 36 102 105 102 105 105 102; getpeername 52 368 52 205 287 205 368 332 205
getpgid 121 132 121 155 132 155 132 132 155; getpgrp 111 65 111 - 65 - 65 65 -; getpid 39 20 39 172 20 172 20 20 172
getpmsg 181 188 181 - - - 188 187 -; getppid 110 64 110 173 64 173 64 64 173
getpriority 140 96 140 141 96 141 96 96 141; getrandom 318 355 318 278 384 278 349 359 278
getresgid 120 171 120 150 171 150 211 170 150; getresgid32 - 211 - - 211 -
getresuid 118 165 118 148 165 148 209 165 148; getresuid32 - 209 - - 209 -; getrlimit 97 76 97 163 - 163 191 76 -
getrusage 98 77 98 165 77 165 77 77 165; getsid 124 147 124 156 147 156 147 147 156
getsockname 51 367 51 204 286 204 367 331 204; getsockopt 55 365 542 209 295 209 365 340 209
gettid 186 224 186 178 224 178 236 207 178; gettimeofday 96 78 96 169 78 169 78 78 169
getuid 102 24 102 174 24 174 199 24 174; getuid32 - 199 - - 199 -; getxattr 191 229 191 8 229 8 227 212 8
getxattrat 464; gtty - 32 - - - - - 32 -; idle - 112 - - - - 112 112 -
init_module 175 128 175 105 128 105 128 128 105; inotify_add_watch 254 292 254 27 317 27 285 276 27
inotify_init 253 291 253 - 316 - 284 275 -; inotify_init1 294 332 294 26 360 26 324 318 26
inotify_rm_watch 255 293 255 28 318 28 286 277 28; io_cancel 210 249 210 3 247 3 247 231 3
io_destroy 207 246 207 1 244 1 244 228 1; io_getevents 208 247 208 4 245 4 245 229 4
io_pgetevents 333 385 333 292 399 292 382 388 292; io_pgetevents_time64 - 416 - - 416 -
io_setup 206 245 543 0 243 0 243 227 0; io_submit 209 248 544 2 246 2 246 230 2; io_uring_enter 426
io_uring_register 427; io_uring_setup 425; ioctl 16 54 514 29 54 29 54 54 29; ioperm 173 101 173 - - - - 101 -
iopl 172 110 172 - - - - 110 -; ioprio_get 252 290 252 31 315 31 283 274 31
ioprio_set 251 289 251 30 314 30 282 273 30; ipc - 117 - - - - 117 117 -; kcmp 312 349 312 272 378 272 343 354 272
kexec_file_load 320 - 320 294 401 294 381 382 294; kexec_load 246 283 528 104 347 104 277 268 104
keyctl 250 288 250 219 311 219 280 271 219; kill 62 37 62 129 37 129 37 37 129; landlock_add_rule 445
landlock_create_ruleset 444; landlock_restrict_self 446; lchown 94 16 94 - 16 - 198 16 -; lchown32 - 198 - - 198 -
lgetxattr 192 230 192 9 230 9 228 213 9; link 86 9 86 - 9 - 9 9 -; linkat 265 303 265 37 330 37 296 294 37
listen 50 363 50 201 284 201 363 329 201; listmount 458; listns 470; listxattr 194 232 194 11 232 11 230 215 11
listxattrat 465; llistxattr 195 233 195 12 233 12 231 216 12; lock - 53 - - - - - 53 -
lookup_dcookie 212 253 212 18 249 18 110 235 18; lremovexattr 198 236 198 15 236 15 234 219 15
lseek 8 19 8 62 19 62 19 19 62; lsetxattr 189 227 189 6 227 6 225 210 6; lsm_get_self_attr 459; lsm_list_modules 461
lsm_set_self_attr 460; lstat 6 107 6 - 107 - 107 107 -; lstat64 - 196 - - 196 -
madvise 28 219 28 233 220 233 219 205 233; map_shadow_stack 453; mbind 237 274 237 235 319 235 268 259 235
membarrier 324 375 324 283 389 283 356 365 283; memfd_create 319 356 319 279 385 279 350 360 279
memfd_secret 447 447 447 447 - 447 447 -; migrate_pages 256 294 256 238 400 238 287 258 238
mincore 27 218 27 232 219 232 218 206 232; mkdir 83 39 83 - 39 - 39 39 -; mkdirat 258 296 258 34 323 34 289 287 34
mknod 133 14 133 - 14 - 14 14 -; mknodat 259 297 259 33 324 33 290 288 33; mlock 149 150 149 228 150 228 150 150 228
mlock2 325 376 325 284 390 284 374 378 284; mlockall 151 152 151 230 152 230 152 152 230
mmap 9 90 9 222 - 222 90 90 222; mmap2 - 192 - - 192 -; modify_ldt 154 123 154 - - - - 123 -
mount 165 21 165 40 21 40 21 21 40; mount_setattr 442; move_mount 429; move_pages 279 317 533 239 344 239 310 301 239
mprotect 10 125 10 226 125 226 125 125 226; mpx - 56 - - - - - 56 -; mq_getsetattr 245 282 245 185 279 185 276 267 185
mq_notify 244 281 527 184 278 184 275 266 184; mq_open 240 277 240 180 274 180 271 262 180
mq_timedreceive 243 280 243 183 277 183 274 265 183; mq_timedreceive_time64 - 419 - - 419 -
mq_timedsend 242 279 242 182 276 182 273 264 182; mq_timedsend_time64 - 418 - - 418 -
mq_unlink 241 278 241 181 275 181 272 263 181; mremap 25 163 25 216 163 216 163 163 216; mseal 462
msgctl 71 402 71 187 304 187 402 402 187; msgget 68 399 68 186 303 186 399 399 186
msgrcv 70 401 70 188 302 188 401 401 188; msgsnd 69 400 69 189 301 189 400 400 189
msync 26 144 26 227 144 227 144 144 227; multiplexer - - - - - - - 201 -; munlock 150 151 150 229 151 229 151 151 229
munlockall 152 153 152 231 153 231 153 153 231; munmap 11 91 11 215 91 215 91 91 215
name_to_handle_at 303 341 303 264 370 264 335 345 264; nanosleep 35 162 35 101 162 101 162 162 101
newfstatat 262 - 262 79 - 79 293 291 79; nfsservctl 180 169 - 42 169 42 169 168 42; nice - 34 - - 34 - 34 34 -
oldfstat - 28 - - - - - 28 -; oldlstat - 84 - - - - - 84 -; oldolduname - 59 - - - - - 59 -
oldstat - 18 - - - - - 18 -; olduname - 109 - - - - - 109 -; open 2 5 2 - 5 - 5 5 -
open_by_handle_at 304 342 304 265 371 265 336 346 265; open_tree 428; open_tree_attr 467
openat 257 295 257 56 322 56 288 286 56; openat2 437; pause 34 29 34 - 29 - 29 29 -
pciconfig_iobase - - - - 271 - - 200 -; pciconfig_read - - - - 272 - - 198 -; pciconfig_write - - - - 273 - - 199 -
perf_event_open 298 336 298 241 364 241 331 319 241; personality 135 136 135 92 136 92 136 136 92; pidfd_getfd 438
pidfd_open 434; pidfd_send_signal 424; pipe 22 42 22 - 42 - 42 42 -; pipe2 293 331 293 59 359 59 325 317 59
pivot_root 155 217 155 41 218 41 217 203 41; pkey_alloc 330 381 330 289 395 289 385 384 289
pkey_free 331 382 331 290 396 290 386 385 290; pkey_mprotect 329 380 329 288 394 288 384 386 288
poll 7 168 7 - 168 - 168 167 -; ppoll 271 309 271 73 336 73 302 281 73; ppoll_time64 - 414 - - 414 -
prctl 157 172 157 167 172 167 172 171 167; pread64 17 180 17 67 180 67 180 179 67
preadv 295 333 534 69 361 69 328 320 69; preadv2 327 378 546 286 392 286 376 380 286
prlimit64 302 340 302 261 369 261 334 325 261; process_madvise 440; process_mrelease 448
process_vm_readv 310 347 539 270 376 270 340 351 270; process_vm_writev 311 348 540 271 377 271 341 352 271
prof - 44 - - - - - 44 -; profil - 98 - - - - - 98 -; pselect6 270 308 270 72 335 72 301 280 72
pselect6_time64 - 413 - - 413 -; ptrace 101 26 521 117 26 117 26 26 117; putpmsg 182 189 182 - - - 189 188 -
pwrite64 18 181 18 68 181 68 181 180 68; pwritev 296 334 535 70 362 70 329 321 70
pwritev2 328 379 547 287 393 287 377 381 287; query_module 178 167 - - - - 167 166 -
quotactl 179 131 179 60 131 60 131 131 60; quotactl_fd 443; read 0 3 0 63 3 63 3 3 63
readahead 187 225 187 213 225 213 222 191 213; readdir - 89 - - - - 89 89 -; readlink 89 85 89 - 85 - 85 85 -
readlinkat 267 305 267 78 332 78 298 296 78; readv 19 145 515 65 145 65 145 145 65
reboot 169 88 169 142 88 142 88 88 142; recv - - - - 291 - - 336 -; recvfrom 45 371 517 207 292 207 371 337 207
recvmmsg 299 337 537 243 365 243 357 343 243; recvmmsg_time64 - 417 - - 417 -
recvmsg 47 372 519 212 297 212 372 342 212; remap_file_pages 216 257 216 234 253 234 267 239 234
removexattr 197 235 197 14 235 14 233 218 14; removexattrat 466; rename 82 38 82 - 38 - 38 38 -
renameat 264 302 264 38 329 - 295 293 -; renameat2 316 353 316 276 382 276 347 357 276
request_key 249 287 249 218 310 218 279 270 218; restart_syscall 219 0 219 128 0 128 7 0 128
riscv_flush_icache - - - - - 259 -; riscv_hwprobe - - - - - 258 -; rmdir 84 40 84 - 40 - 40 40 -
rseq 334 386 334 293 398 293 383 387 293; rseq_slice_yield 471; rt_sigaction 13 174 512 134 174 134 174 173 134
rt_sigpending 127 176 522 136 176 136 176 175 136; rt_sigprocmask 14 175 14 135 175 135 175 174 135
rt_sigqueueinfo 129 178 524 138 178 138 178 177 138; rt_sigreturn 15 173 513 139 173 139 173 172 139
rt_sigsuspend 130 179 130 133 179 133 179 178 133; rt_sigtimedwait 128 177 523 137 177 137 177 176 137
rt_sigtimedwait_time64 - 421 - - 421 -; rt_tgsigqueueinfo 297 335 536 240 363 240 330 322 240
rtas - - - - - - - 255 -; s390_guarded_storage - - - - - - 378 -; s390_pci_mmio_read - - - - - - 353 -
s390_pci_mmio_write - - - - - - 352 -; s390_runtime_instr - - - - - - 342 -; s390_sthyi - - - - - - 380 -
sched_get_priority_max 146 159 146 125 159 125 159 159 125; sched_get_priority_min 147 160 147 126 160 126 160 160 126
sched_getaffinity 204 242 204 123 242 123 240 223 123; sched_getattr 315 352 315 275 381 275 346 356 275
sched_getparam 143 155 143 121 155 121 155 155 121; sched_getscheduler 145 157 145 120 157 120 157 157 120
sched_rr_get_interval 148 161 148 127 161 127 161 161 127; sched_rr_get_interval_time64 - 423 - - 423 -
sched_setaffinity 203 241 203 122 241 122 239 222 122; sched_setattr 314 351 314 274 380 274 345 355 274
sched_setparam 142 154 142 118 154 118 154 154 118; sched_setscheduler 144 156 144 119 156 119 156 156 119
sched_yield 24 158 24 124 158 124 158 158 124; seccomp 317 354 317 277 383 277 348 358 277; security 185 - 185 -
select 23 82 23 - - - 142 82 -; semctl 66 394 66 191 300 191 394 394 191; semget 64 393 64 190 299 190 393 393 190
semop 65 - 65 193 298 193 - - 193; semtimedop 220 - 220 192 312 192 392 392 192; semtimedop_time64 - 420 - - 420 -
send - - - - 289 - - 334 -; sendfile 40 187 40 71 187 71 187 186 71; sendfile64 - 239 - - 239 -
sendmmsg 307 345 538 269 374 269 358 349 269; sendmsg 46 370 518 211 296 211 370 341 211
sendto 44 369 44 206 290 206 369 335 206; set_mempolicy 238 276 238 237 321 237 270 261 237
set_mempolicy_home_node 450; set_robust_list 273 311 530 99 338 99 304 300 99; set_thread_area 205 243 -
set_tid_address 218 258 218 96 256 96 252 232 96; set_tls - - - - 983045 -
setdomainname 171 121 171 162 121 162 121 121 162; setfsgid 123 139 123 152 139 152 216 139 152
setfsgid32 - 216 - - 216 -; setfsuid 122 138 122 151 138 151 215 138 151; setfsuid32 - 215 - - 215 -
setgid 106 46 106 144 46 144 214 46 144; setgid32 - 214 - - 214 -; setgroups 116 81 116 159 81 159 206 81 159
setgroups32 - 206 - - 206 -; sethostname 170 74 170 161 74 161 74 74 161; setitimer 38 104 38 103 104 103 104 104 103
setns 308 346 308 268 375 268 339 350 268; setpgid 109 57 109 154 57 154 57 57 154
setpriority 141 97 141 140 97 140 97 97 140; setregid 114 71 114 143 71 143 204 71 143; setregid32 - 204 - - 204 -
setresgid 119 170 119 149 170 149 210 169 149; setresgid32 - 210 - - 210 -
setresuid 117 164 117 147 164 147 208 164 147; setresuid32 - 208 - - 208 -; setreuid 113 70 113 145 70 145 203 70 145
setreuid32 - 203 - - 203 -; setrlimit 160 75 160 164 75 164 75 75 -; setsid 112 66 112 157 66 157 66 66 157
setsockopt 54 366 541 208 294 208 366 339 208; settimeofday 164 79 164 170 79 170 79 79 170
setuid 105 23 105 146 23 146 213 23 146; setuid32 - 213 - - 213 -; setxattr 188 226 188 5 226 5 224 209 5
setxattrat 463; sgetmask - 68 - - - - - 68 -; shmat 30 397 30 196 305 196 397 397 196
shmctl 31 396 31 195 308 195 396 396 195; shmdt 67 398 67 197 306 197 398 398 197
shmget 29 395 29 194 307 194 395 395 194; shutdown 48 373 48 210 293 210 373 338 210; sigaction - 67 - - 67 - 67 67 -
sigaltstack 131 186 525 132 186 132 186 185 132; signal - 48 - - - - 48 48 -; signalfd 282 321 282 - 349 - 316 305 -
signalfd4 289 327 289 74 355 74 322 313 74; sigpending - 73 - - 73 - 73 73 -; sigprocmask - 126 - - 126 - 126 126 -
sigreturn - 119 - - 119 - 119 119 -; sigsuspend - 72 - - 72 - 72 72 -; socket 41 359 41 198 281 198 359 326 198
socketcall - 102 - - - - 102 102 -; socketpair 53 360 53 199 288 199 360 333 199
splice 275 313 275 76 340 76 306 283 76; spu_create - - - - - - - 279 -; spu_run - - - - - - - 278 -
ssetmask - 69 - - - - - 69 -; stat 4 106 4 - 106 - 106 106 -; stat64 - 195 - - 195 -
statfs 137 99 137 43 99 43 99 99 43; statfs64 - 268 - - 266 - 265 252 -; statmount 457
statx 332 383 332 291 397 291 379 383 291; stime - 25 - - - - - 25 -; stty - 31 - - - - - 31 -
subpage_prot - - - - - - - 310 -; swapcontext - - - - - - - 249 -; swapoff 168 115 168 225 115 225 115 115 225
swapon 167 87 167 224 87 224 87 87 224; switch_endian - - - - - - - 363 -; symlink 88 83 88 - 83 - 83 83 -
symlinkat 266 304 266 36 331 36 297 295 36; sync 162 36 162 81 36 81 36 36 81
sync_file_range 277 314 277 84 - 84 307 - 84; sync_file_range2 - - - - - - - 308 -
syncfs 306 344 306 267 373 267 338 348 267; sys_debug_setcontext - - - - - - - 256 -
sysfs 139 135 139 - 135 - 135 135 -; sysinfo 99 116 99 179 116 179 116 116 179
syslog 103 103 103 116 103 116 103 103 116; tee 276 315 276 77 342 77 308 284 77
tgkill 234 270 234 131 268 131 241 250 131; time 201 13 201 - - - - 13 -
timer_create 222 259 526 107 257 107 254 240 107; timer_delete 226 263 226 111 261 111 258 244 111
timer_getoverrun 225 262 225 109 260 109 257 243 109; timer_gettime 224 261 224 108 259 108 256 242 108
timer_gettime64 - 408 - - 408 -; timer_settime 223 260 223 110 258 110 255 241 110; timer_settime64 - 409 - - 409 -
timerfd - - - - - - 317 -; timerfd_create 283 322 283 85 350 85 319 306 85
timerfd_gettime 287 326 287 87 354 87 321 312 87; timerfd_gettime64 - 410 - - 410 -
timerfd_settime 286 325 286 86 353 86 320 311 86; timerfd_settime64 - 411 - - 411 -
times 100 43 100 153 43 153 43 43 153; tkill 200 238 200 130 238 130 237 208 130; truncate 76 92 76 45 92 45 92 92 45
truncate64 - 193 - - 193 -; tuxcall 184 - 184 - - - - 225 -; ugetrlimit - 191 - - 191 - - 190 -
ulimit - 58 - - - - - 58 -; umask 95 60 95 166 60 166 60 60 166; umount - 22 - - - - 22 22 -
umount2 166 52 166 39 52 39 52 52 39; uname 63 122 63 160 122 160 122 122 160; unlink 87 10 87 - 10 - 10 10 -
unlinkat 263 301 263 35 328 35 294 292 35; unshare 272 310 272 97 337 97 303 282 97; uprobe 336 - 336 -
uretprobe 335 - 335 -; uselib 134 86 - - 86 - 86 86 -; userfaultfd 323 374 323 282 388 282 355 364 282
usr26 - - - - 983043 -; usr32 - - - - 983044 -; ustat 136 62 136 - 62 - 62 62 -; utime 132 30 132 - - - 30 30 -
utimensat 280 320 280 88 348 88 315 304 88; utimensat_time64 - 412 - - 412 -; utimes 235 271 235 - 269 - 313 251 -
vfork 58 190 58 - 190 - 190 189 -; vhangup 153 111 153 58 111 58 111 111 58; vm86 - 166 - - - - - 113 -
vm86old - 113 -; vmsplice 278 316 532 75 343 75 309 285 75; vserver 236 273 - - 313 -
wait4 61 114 61 260 114 260 114 114 260; waitid 247 284 529 95 280 95 281 272 95; waitpid - 7 - - - - - 7 -
write 1 4 1 64 4 64 4 4 64; writev 20 146 516 66 146 66 146 146 66
`;
