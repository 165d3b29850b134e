package stubborn;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.java.typeutils.ValueTypeInfo;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.source.SourceFunction;
import org.apache.flink.types.Value;

/**
 * A source that ends when it is asked for its first checkpoint, while its state is still being written.
 *
 * Where a job takes no checkpoints by itself, a task that ends does not wait for what it has begun to write,
 * and its acknowledgement never comes.
 */
class Leaver implements SourceFunction<String>, CheckpointedFunction {
  static final int WORDS = 40;

  transient CountDownLatch asked;
  transient ListState<Ballast> state;

  @Override
  public void run(SourceContext<String> out) throws Exception {
    for (int i = 0; i < WORDS; i++) out.collect("last words " + i);
    asked.await();
  }

  @Override
  public void cancel() {
    asked.countDown();
  }

  @Override
  public void initializeState(FunctionInitializationContext context) throws Exception {
    asked = new CountDownLatch(1);
    state = context.getOperatorStateStore().getListState(new ListStateDescriptor<>("ballast", new ValueTypeInfo<>(Ballast.class)));
    state.add(new Ballast());
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) {
    asked.countDown();
  }

  /** State that takes its time to be written. */
  public static class Ballast implements Value {
    @Override
    public void write(DataOutputView out) throws IOException {
      try {
        Thread.sleep(1000);
      } catch (InterruptedException ended) {
        throw new IOException(ended);
      }
    }

    @Override
    public void read(DataInputView in) {}
  }
}
