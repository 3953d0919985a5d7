"""Many threads at once: all at the same moment, or as load until told to stop."""

import threading


def at_once(count, work):
    """Runs work(0) ... work(count - 1) on threads that start together; the results in order."""
    barrier = threading.Barrier(count)
    results = [None] * count

    def run(index):
        try:
            barrier.wait(30)
            results[index] = work(index)
        except BaseException as error:  # Handed to the caller, as what work() answered.
            results[index] = error

    threads = [threading.Thread(target=run, args=(index,), daemon=True) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results


class Load:
    """Calls work(thread, n) for n = 0, 1 ... on each thread, inside a `with` block. What it answers
    is in `results`; a thread on which it raises, as when the server is gone, ends with that in
    `failures`."""

    def __init__(self, threads, work):
        self.results = []
        self.failures = []
        self._reached = threading.Condition()
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(index, work), daemon=True)
            for index in range(threads)
        ]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stopping.set()
        for thread in self._threads:
            thread.join(60)

    def _run(self, index, work):
        count = 0
        try:
            while not self._stopping.is_set():
                result = work(index, count)
                count += 1
                with self._reached:
                    self.results.append(result)
                    self._reached.notify_all()
        except Exception as error:
            with self._reached:
                self.failures.append(error)
                self._reached.notify_all()

    def wait_for(self, count, seconds=30):
        """Until `count` calls are done."""
        with self._reached:
            done = self._reached.wait_for(
                lambda: len(self.results) >= count or len(self.failures) == len(self._threads),
                seconds,
            )
            assert done and len(self.results) >= count, (len(self.results), self.failures[:1])
