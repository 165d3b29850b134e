package stubborn;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.serialization.SimpleStringSchema;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.datastream.AsyncDataStream;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/** Copies a topic to another one, in one of the ways in which a job is not done when it seems to be. */
public class Copy {
  public static void main(String[] args) throws Exception {
    String brokers = args[0];
    String target = args[2];
    String way = args[3];
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    WatermarkStrategy<String> strategy =
        WatermarkStrategy.<String>forMonotonousTimestamps().withIdleness(Duration.ofMillis(50));
    DataStream<String> words =
        env.fromSource(source(brokers, args[1]), way.equals("stuck") ? strategy : WatermarkStrategy.noWatermarks(), "words");
    switch (way) {
      case "async":
        words = AsyncDataStream.unorderedWait(words, new Later(700), 1, TimeUnit.HOURS, 1000);
        break;
      case "async-never":
        words = AsyncDataStream.unorderedWait(words, new Later(3_600_000), 1, TimeUnit.HOURS, 1000);
        break;
      case "buffer":
        words.sinkTo(new BufferedSink(brokers, target, 2000)).name("buffered");
        env.execute();
        return;
      case "buffer-never":
        words.sinkTo(new BufferedSink(brokers, target, 3_600_000)).name("buffered");
        env.execute();
        return;
      case "twice":
        // A second source operator reads the same topic, and is much slower.
        DataStream<String> again =
            env.fromSource(source(brokers, args[1]), WatermarkStrategy.noWatermarks(), "again").map(new Slow(20)).name("slow");
        words = words.union(again);
        break;
      case "slow":
        words = words.rebalance().map(new Slow(20)).name("slow");
        break;
      case "slower":
        words = words.rebalance().map(new Slow(3_600_000)).name("slow");
        break;
      case "leaves":
        words = words.union(env.addSource(new Leaver(), "leaver"));
        break;
      case "ledger":
        words = words.map(new Ledger()).name("ledger");
        break;
      case "stuck":
        words = words.keyBy(word -> word).process(new Alarm()).name("alarm").rebalance().map(new Slow(3_600_000)).name("stuck");
        break;
      default:
        throw new IllegalArgumentException(way);
    }
    words.sinkTo(
        KafkaSink.<String>builder()
            .setBootstrapServers(brokers)
            .setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE)
            .setRecordSerializer(
                KafkaRecordSerializationSchema.builder()
                    .setTopic(target)
                    .setValueSerializationSchema(new SimpleStringSchema())
                    .build())
            .build());
    env.execute();
  }

  static KafkaSource<String> source(String brokers, String topic) {
    return KafkaSource.<String>builder()
        .setBootstrapServers(brokers)
        .setTopics(topic)
        .setStartingOffsets(OffsetsInitializer.latest())
        .setValueOnlyDeserializer(new SimpleStringSchema())
        .build();
  }

  /** Takes its time for each word. */
  static class Slow implements MapFunction<String, String> {
    final long millis;

    Slow(long millis) {
      this.millis = millis;
    }

    @Override
    public String map(String word) throws Exception {
      Thread.sleep(millis);
      return word;
    }
  }

  /** Sets the clock for an hour from now. */
  static class Alarm extends KeyedProcessFunction<String, String, String> {
    @Override
    public void processElement(String word, Context context, Collector<String> out) {
      context.timerService().registerProcessingTimeTimer(context.timerService().currentProcessingTime() + 3_600_000);
      out.collect(word);
    }
  }

  /** Keeps its state in a ledger, which somebody has closed. */
  static class Ledger implements MapFunction<String, String>, CheckpointedFunction {
    static boolean closed = false;

    @Override
    public String map(String word) {
      closed = true;
      return word;
    }

    @Override
    public void initializeState(FunctionInitializationContext context) {
      closed = false;
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) {
      if (closed) throw new IllegalStateException("the ledger is closed");
    }
  }
}
