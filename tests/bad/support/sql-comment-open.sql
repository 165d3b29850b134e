INSERT INTO sink SELECT * FROM source;
  /* to be done
