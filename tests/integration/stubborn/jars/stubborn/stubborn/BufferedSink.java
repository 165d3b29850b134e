package stubborn;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Properties;
import java.util.function.Consumer;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.connector.base.sink.AsyncSinkBase;
import org.apache.flink.connector.base.sink.writer.AsyncSinkWriter;
import org.apache.flink.connector.base.sink.writer.AsyncSinkWriterStateSerializer;
import org.apache.flink.connector.base.sink.writer.BufferedRequestState;
import org.apache.flink.connector.base.sink.writer.config.AsyncSinkWriterConfiguration;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/** A sink that keeps what it was given for a while, as those of the AWS services do. */
class BufferedSink extends AsyncSinkBase<String, String> {
  final String brokers;
  final String topic;

  BufferedSink(String brokers, String topic, long millis) {
    super((word, context) -> word, 500, 1, 10_000, 1 << 20, millis, 1 << 16);
    this.brokers = brokers;
    this.topic = topic;
  }

  @Override
  public Writer createWriter(Sink.InitContext context) throws IOException {
    return restoreWriter(context, Collections.emptyList());
  }

  @Override
  public Writer restoreWriter(Sink.InitContext context, Collection<BufferedRequestState<String>> states) {
    return new Writer(this, context, states);
  }

  @Override
  public SimpleVersionedSerializer<BufferedRequestState<String>> getWriterStateSerializer() {
    return new States();
  }

  static class Writer extends AsyncSinkWriter<String, String> {
    final KafkaProducer<String, String> producer;
    final String topic;

    Writer(BufferedSink sink, Sink.InitContext context, Collection<BufferedRequestState<String>> states) {
      super(
          sink.getElementConverter(),
          context,
          AsyncSinkWriterConfiguration.builder()
              .setMaxBatchSize(sink.getMaxBatchSize())
              .setMaxBatchSizeInBytes(sink.getMaxBatchSizeInBytes())
              .setMaxInFlightRequests(sink.getMaxInFlightRequests())
              .setMaxBufferedRequests(sink.getMaxBufferedRequests())
              .setMaxTimeInBufferMS(sink.getMaxTimeInBufferMS())
              .setMaxRecordSizeInBytes(sink.getMaxRecordSizeInBytes())
              .build(),
          states);
      Properties properties = new Properties();
      properties.put("bootstrap.servers", sink.brokers);
      topic = sink.topic;
      producer = new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer());
    }

    @Override
    protected void submitRequestEntries(List<String> entries, Consumer<List<String>> result) {
      for (String entry : entries) producer.send(new ProducerRecord<>(topic, entry));
      producer.flush();
      result.accept(Collections.emptyList());
    }

    @Override
    protected long getSizeInBytes(String entry) {
      return entry.length();
    }

    @Override
    public void close() {
      producer.close();
    }
  }

  static class States extends AsyncSinkWriterStateSerializer<String> {
    @Override
    protected void serializeRequestToStream(String request, DataOutputStream out) throws IOException {
      byte[] bytes = request.getBytes(StandardCharsets.UTF_8);
      out.write(bytes);
    }

    @Override
    protected String deserializeRequestFromStream(long size, DataInputStream in) throws IOException {
      byte[] bytes = new byte[(int) size];
      in.readFully(bytes);
      return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public int getVersion() {
      return 1;
    }
  }
}
