package stubborn;

import java.util.Collections;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.flink.streaming.api.functions.async.AsyncFunction;
import org.apache.flink.streaming.api.functions.async.ResultFuture;

/** Asks somebody who answers later. */
class Later implements AsyncFunction<String, String> {
  final long millis;

  Later(long millis) {
    this.millis = millis;
  }

  @Override
  public void asyncInvoke(String word, ResultFuture<String> result) {
    CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS)
        .execute(() -> result.complete(Collections.singleton(word)));
  }
}
